//! Pages for everybody, kept in memory as they were last built.
//!
//! What is public has an edition that counts up with every change. A kept page is served while the edition it was
//! built in still stands, without asking the database; the edition itself is read again at most twice a second, and
//! at once after [`Kept::look_again`].

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};

use crate::clock::Clock;

/// How long an edition is believed before the database is asked again.
const BELIEVED: Duration = Duration::from_millis(500);

/// Half of the bytes kept at most: there are two generations.
const GENERATION: usize = 4 * 1024 * 1024;

/// A built page.
#[derive(Clone)]
struct Built {
    content_type: &'static str,
    body: Bytes,
}

#[derive(Default)]
struct State {
    edition: i64,
    read_at: Option<Instant>,
    /// Pages asked for lately, and those before them: a page that is asked for again moves up, the rest is let go.
    young: HashMap<Box<str>, Built>,
    old: HashMap<Box<str>, Built>,
    young_bytes: usize,
    /// What was worked out from the edition, by its type.
    derived: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

/// The kept pages of one process.
pub struct Kept {
    state: Mutex<State>,
    /// Keeps the entity tags of two builds of the program apart.
    run: String,
}

impl Kept {
    /// Nothing kept yet.
    pub fn new(clock: &Clock) -> Kept {
        Kept { state: Mutex::default(), run: hex::encode(clock.random::<6>()) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The edition that stands, or [`None`] when this caller is the one to read it again and tell [`Kept::saw`].
    /// The others go on meanwhile with the one before.
    pub fn edition(&self) -> Option<i64> {
        let mut state = self.state();
        match state.read_at {
            Some(at) if at.elapsed() < BELIEVED => Some(state.edition),
            Some(_) => {
                state.read_at = Some(Instant::now());
                None
            }
            None => None,
        }
    }

    /// Tells the edition just read from the database; a new one lets go of every page.
    pub fn saw(&self, edition: i64) {
        let mut state = self.state();
        if state.edition != edition {
            *state = State { edition, ..State::default() };
        }
        state.read_at = Some(Instant::now());
    }

    /// Something public has changed, or the edition could not be read: the next request asks the database.
    pub fn look_again(&self) {
        self.state().read_at = None;
    }

    /// The answer with the page kept under `key`, if there is one; 304 when the browser has it already.
    pub fn answer(&self, req: &HttpRequest, key: &str) -> Option<HttpResponse> {
        let mut state = self.state();
        let edition = state.edition;
        let built = match state.young.get(key) {
            Some(built) => built.clone(),
            None => {
                let (key, built) = state.old.remove_entry(key)?;
                keep(&mut state, key, built.clone());
                built
            }
        };
        drop(state);
        Some(self.respond(req, edition, built))
    }

    /// Keeps a page built from what was read in `edition` (or later) and answers with it.
    pub fn put(
        &self,
        req: &HttpRequest,
        edition: i64,
        key: Option<&str>,
        content_type: &'static str,
        body: String,
    ) -> HttpResponse {
        let built = Built { content_type, body: Bytes::from(body) };
        if let Some(key) = key {
            let mut state = self.state();
            if state.edition == edition {
                keep(&mut state, key.into(), built.clone());
            }
        }
        self.respond(req, edition, built)
    }

    /// What was worked out from the edition that stands, if anything of this type was.
    pub fn derived<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.state().derived.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }

    /// Keeps what was worked out from what was read in `edition` (or later), while that edition stands.
    pub fn keep_derived<T: Any + Send + Sync>(&self, edition: i64, made: T) -> Arc<T> {
        let made = Arc::new(made);
        let mut state = self.state();
        if state.edition == edition {
            state.derived.insert(TypeId::of::<T>(), made.clone());
        }
        made
    }

    fn respond(&self, req: &HttpRequest, edition: i64, built: Built) -> HttpResponse {
        let tag = format!("\"{}-{edition}\"", self.run);
        let known = req.headers().get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok());
        let known =
            known.is_some_and(|list| list.split(',').any(|t| t.trim().trim_start_matches("W/") == tag));
        let mut answer = if known {
            HttpResponse::NotModified().finish()
        } else {
            HttpResponse::Ok().content_type(built.content_type).body(built.body)
        };
        let headers = answer.headers_mut();
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(header::ETAG, tag);
        }
        // whoever keeps a copy asks whether it still stands: what was corrected or withdrawn is gone at once
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        answer
    }
}

fn keep(state: &mut State, key: Box<str>, built: Built) {
    let bytes = key.len() + built.body.len();
    if bytes > GENERATION / 4 {
        return;
    }
    if state.young_bytes + bytes > GENERATION {
        state.old = std::mem::take(&mut state.young);
        state.young_bytes = 0;
    }
    state.young_bytes += bytes;
    state.young.insert(key, built);
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const HTML: &str = "text/html; charset=utf-8";

    #[test]
    fn a_page_is_kept_while_its_edition_stands() {
        let kept = Kept::new(&Clock::System);
        let req = TestRequest::get().to_http_request();
        assert_eq!(kept.edition(), None);
        kept.saw(7);
        assert_eq!(kept.edition(), Some(7));
        kept.put(&req, 7, Some("/voices"), HTML, "一".to_owned());
        assert!(kept.answer(&req, "/voices").is_some());
        kept.saw(8);
        assert!(kept.answer(&req, "/voices").is_none());
        kept.put(&req, 7, Some("/voices"), HTML, "古い".to_owned());
        assert!(kept.answer(&req, "/voices").is_none(), "built in an edition that no longer stands");
    }

    #[test]
    fn a_browser_that_has_the_page_gets_no_body() {
        let kept = Kept::new(&Clock::System);
        kept.saw(1);
        let req = TestRequest::get().to_http_request();
        let first = kept.put(&req, 1, Some("/voices"), HTML, "本文".to_owned());
        let tag = first.headers().get("etag").cloned().expect("a tag");
        let again = TestRequest::get().insert_header(("if-none-match", tag)).to_http_request();
        assert_eq!(kept.answer(&again, "/voices").map(|a| a.status().as_u16()), Some(304));
    }

    #[test]
    fn what_is_not_asked_for_is_let_go() {
        let kept = Kept::new(&Clock::System);
        kept.saw(1);
        let req = TestRequest::get().to_http_request();
        for n in 0..200 {
            kept.put(&req, 1, Some(&format!("/voices/{n}")), HTML, "x".repeat(100_000));
            assert!(kept.answer(&req, "/voices/0").is_some(), "asked for all the time, at {n}");
        }
        assert!(kept.answer(&req, "/voices/1").is_none());
        let state = kept.state();
        let bytes: usize = state.young.values().chain(state.old.values()).map(|b| b.body.len()).sum();
        assert!(bytes <= 2 * GENERATION, "{bytes}");
    }
}
