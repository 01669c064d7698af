//! What Linux says of a process and of the machine.

use std::fs::read_to_string;

/// CPU milliseconds a process and its children have used so far. Linux counts in hundredths of a second.
pub fn cpu_ms(pid: u32) -> f64 {
    let stat = read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // the name in brackets may hold blanks; utime, stime, cutime, cstime are the 12th to 15th after it
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let ticks: u64 = after.split_whitespace().skip(11).take(4).filter_map(|n| n.parse::<u64>().ok()).sum();
    let children = read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let below: f64 = children.split_whitespace().filter_map(|p| p.parse().ok()).map(cpu_ms).sum();
    ticks as f64 * 10.0 + below
}

/// Proportional set size in MiB: what the process really costs.
pub fn pss_mib(pid: u32) -> f64 {
    let rollup = read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|l| l.strip_prefix("Pss:")).unwrap_or("");
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}

/// The most memory a process has had so far, in MiB; none once it is gone.
pub fn peak_mib(pid: u32) -> Option<f64> {
    let status = read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()? / 1024.0)
}

/// The one-minute load average.
pub fn load() -> f64 {
    let text = read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(f64::NAN)
}

/// Processor, cores, memory and kernel in a line.
pub fn name() -> String {
    let cpu = read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        cpu.lines().find_map(|l| l.strip_prefix("model name")).unwrap_or("").trim_matches([' ', '\t', ':']);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = read_to_string("/proc/meminfo").unwrap_or_default();
    let kib: f64 = memory
        .lines()
        .find_map(|l| l.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap_or(f64::NAN);
    let kernel = read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{model}, {cores} cores, {:.0} GiB, Linux {}", kib / 1024.0 / 1024.0, kernel.trim())
}
