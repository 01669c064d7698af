# Sourced by the server scripts beside it: what all of them need to run on this machine only, and not as root.

# A port nobody listens on, away from the usual ones and below those the kernel hands out for outgoing connections.
free_port() {
  local port
  while :; do
    port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# answers PORT: waits until somebody listens there; fails after 20 seconds.
answers() {
  local tries
  for ((tries = 0; tries < 200; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  echo "nothing answers on 127.0.0.1:$1" >&2
  return 1
}

# PostgreSQL and Dovecot refuse to be root, or should: root runs them as nobody, anybody else as himself.
if [ "$(id -u)" = 0 ]; then
  server_user=nobody server_group=nogroup
  unprivileged() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
  as_root() { "$@"; }
else
  server_user=$(id -un) server_group=$(id -gn)
  unprivileged() { "$@"; }
  as_root() { sudo -n "$@"; }
fi

# own_folder PATH: an empty folder that belongs to the unprivileged user.
own_folder() {
  mkdir -p "$1"
  if [ "$(id -u)" = 0 ]; then chown "$server_user:$server_group" "$1"; fi
}

# folder_of DIR: DIR as an absolute path, made if need be, which the unprivileged user may pass through.
folder_of() {
  mkdir -p "$1"
  chmod a+x "$1"
  (cd "$1" && pwd)
}

# gone PID: waits until the process has ended (a zombie has); kills it after 10 seconds.
gone() {
  local tries
  for ((tries = 0; tries < 100; tries++)); do
    grep -qs '^State:[[:space:]]*[^Z]' "/proc/$1/status" || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}
