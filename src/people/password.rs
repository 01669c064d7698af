//! Passwords: what is asked of them, and hashing that neither blocks nor floods the machine.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::{Error, Result};

/// Fewest characters.
pub const LEAST: usize = 12;
/// Most characters; only so that nobody sends a book.
pub const MOST: usize = 200;

/// The rules as the form states them beforehand.
pub const RULES: &str = "12文字以上(200文字まで)。文字の種類は問いません。全角の文字や空白も、入力したとおりに使えます。\
     ログイン名を含むものと、よく使われるものは使えません。";

/// What everybody tries first, as folded by [`trouble`]; shorter ones fail by length.
const COMMONEST: &[&str] = &[
    "passwordpassword",
    "password1234",
    "password12345",
    "password123456",
    "passw0rdpassw0rd",
    "passw0rd1234",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdf",
    "1qaz2wsx3edc",
    "1q2w3e4r5t6y",
    "zaq12wsxcde3",
    "abcdefghijkl",
    "abcdefghijklm",
    "abcd12345678",
    "abc123456789",
    "123456789abc",
    "iloveyou1234",
    "letmein12345",
    "welcome12345",
    "adminadminadmin",
    "administrator",
    "administrator1",
    "shimonoseki1",
    "shimonoseki123",
    "shimonoseki2026",
    "shimonosekishi",
];

/// Why a password cannot be used, in words for the person, or nothing.
pub fn trouble(password: &str, login: &str) -> Option<String> {
    let length = password.chars().count();
    if length < LEAST {
        return Some(format!("パスワードは{LEAST}文字以上にしてください(いまは{length}文字です)。"));
    }
    if length > MOST {
        return Some(format!("パスワードは{MOST}文字までにしてください(いまは{length}文字です)。"));
    }
    let folded = crate::text::squeeze(password);
    let login = crate::text::squeeze(login);
    if login.chars().count() >= 3 && folded.contains(&login) {
        return Some("ログイン名を含むパスワードは使えません。".to_owned());
    }
    if COMMONEST.contains(&folded.as_str()) || is_run(&folded) {
        return Some(
            "よく使われるパスワードなので使えません。いくつかの言葉をつなげたものなどにしてください。"
                .to_owned(),
        );
    }
    None
}

/// One character over and over, or digits counted up or down.
fn is_run(text: &str) -> bool {
    let chars: Vec<i64> = text.chars().map(|c| i64::from(u32::from(c))).collect();
    let steps: Vec<i64> = chars.windows(2).map(|w| w[1] - w[0]).collect();
    let digits = text.chars().all(|c| c.is_ascii_digit());
    steps.iter().all(|s| *s == 0)
        || (digits
            && (steps.iter().all(|s| matches!(s, 1 | -9)) || steps.iter().all(|s| matches!(s, -1 | 9))))
}

/// Two hashes at a time: each takes a core and 19 MiB.
static GATE: Semaphore = Semaphore::const_new(2);
static IN_LINE: AtomicUsize = AtomicUsize::new(0);
/// Longer lines would only time out in browsers.
const LINE: usize = 200;

/// Stands in for the hash of a login that does not exist, so that asking for one takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password").unwrap_or_default());

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            IN_LINE.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let before = IN_LINE.fetch_add(1, Ordering::Relaxed);
    let _place = Place;
    if before >= LINE {
        return Err(Error::Unavailable("too many sign-ins at once".to_owned()));
    }
    let turn = GATE.acquire().await.map_err(Error::internal)?;
    // the permit goes with the work: a browser that hangs up does not let a third one in
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .map_err(Error::internal)?
}

/// Whether the password is the one hashed; `None` takes as long and is always false.
pub async fn verify(typed: Zeroizing<String>, stored: Option<String>) -> Result<bool> {
    in_turn(move || {
        let known = stored.as_deref().filter(|s| PasswordHash::new(s).is_ok());
        let hash = PasswordHash::new(known.unwrap_or(&NOBODY)).map_err(Error::internal)?;
        let same = Argon2::default().verify_password(typed.as_bytes(), &hash).is_ok();
        Ok(same && known.is_some())
    })
    .await
}

/// The hash to store (argon2id, the crate's parameters), made off the async threads.
pub async fn hash(password: Zeroizing<String>) -> Result<String> {
    in_turn(move || hash_now(&password)).await
}

/// [`hash`] for threads that may wait: the command line, tests.
pub fn hash_now(password: &str) -> Result<String> {
    let hash: PasswordHash = Argon2::default().hash_password(password.as_bytes()).map_err(Error::internal)?;
    Ok(hash.to_string())
}

/// A password to be told once and changed at the first sign-in: 79 bits without letters that look alike.
pub fn initial(clock: &Clock) -> String {
    let letters = random_letters::<16>(clock);
    [&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-")
}

/// `N` letters and digits that cannot be taken for one another.
pub(super) fn random_letters<const N: usize>(clock: &Clock) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789w";
    // 32 evenly likely values: the doubled w costs a fraction of a bit
    clock.random::<N>().iter().map(|b| char::from(LETTERS[usize::from(b & 31)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_pass_and_the_commonest_do_not() {
        for good in
            ["関門海峡をわたる夜のフェリー", "correct horse battery", "ｐａｓｓ　ｐｈｒａｓｅ　ながい"]
        {
            assert_eq!(trouble(good, "tanto"), None, "{good}");
        }
        for bad in [
            "short",
            "Password1234",
            "ＰＡＳＳＷＯＲＤ１２３４",
            "aaaaaaaaaaaa",
            "123456789012",
            "98765432109876",
            "my-tanto-password",
        ] {
            assert!(trouble(bad, "tanto").is_some(), "{bad}");
        }
    }

    #[test]
    fn a_password_opens_its_own_hash_only_and_exactly_as_typed() {
        let hash = hash_now("ひろく聴く・広く聴く").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        let open = |typed: &str| {
            let parsed = PasswordHash::new(&hash).unwrap();
            Argon2::default().verify_password(typed.as_bytes(), &parsed).is_ok()
        };
        assert!(open("ひろく聴く・広く聴く"));
        assert!(!open("ひろく聴く･広く聴く"), "half-width differs from full-width");
    }
}
