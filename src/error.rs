//! The one error type, and the one place that turns an error into a status.

use std::fmt;

/// What can go wrong, by what the person on the other side can do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// 404: no such thing, or not for this person to know of. What may not be seen does not exist.
    #[error("not found")]
    NotFound,
    /// 403: signed in, known to exist, but not this person's to do. The sentence is shown.
    #[error("not allowed: {0}")]
    NotAllowed(String),
    /// 401: sign in first.
    #[error("sign in first")]
    SignIn,
    /// 409: the thing has moved on since the page was made. The sentence is shown.
    #[error("out of date: {0}")]
    Stale(String),
    /// 422: a rule of the field refuses it. The sentence is shown.
    #[error("refused: {0}")]
    Refused(String),
    /// 400: the request cannot be read at all. The sentence is shown.
    #[error("bad request: {0}")]
    BadRequest(String),
    /// 413: larger than the stated limit. The sentence is shown.
    #[error("too large: {0}")]
    TooLarge(String),
    /// 429: too many tries; seconds to wait.
    #[error("too many requests, wait {0} s")]
    TooMany(u64),
    /// 503: the database cannot be reached or is overloaded; trying again helps.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// 507: no room on the disk; nothing was half-written.
    #[error("storage full: {0}")]
    StorageFull(String),
    /// The database's own refusal or trouble.
    #[error("database: {0}")]
    Database(#[source] diesel::result::Error),
    /// 500: anything nobody can do anything about from outside.
    #[error("internal: {0}")]
    Internal(String),
}

/// The result of everything fallible in this program.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The HTTP status this error answers with.
    pub fn status(&self) -> u16 {
        match self {
            Error::NotFound => 404,
            Error::NotAllowed(_) => 403,
            Error::SignIn => 401,
            Error::Stale(_) => 409,
            Error::Refused(_) => 422,
            Error::BadRequest(_) => 400,
            Error::TooLarge(_) => 413,
            Error::TooMany(_) => 429,
            Error::Unavailable(_) => 503,
            Error::StorageFull(_) => 507,
            Error::Database(_) | Error::Internal(_) => 500,
        }
    }

    /// The sentence for the person, where the error carries one.
    pub fn sentence(&self) -> Option<&str> {
        match self {
            Error::NotAllowed(s)
            | Error::Stale(s)
            | Error::Refused(s)
            | Error::BadRequest(s)
            | Error::TooLarge(s) => Some(s),
            _ => None,
        }
    }

    /// Anything unexpected, kept for the log and never shown.
    pub fn internal(cause: impl fmt::Display) -> Self {
        Error::Internal(cause.to_string())
    }

    /// Whether a unique key refused a row.
    pub fn is_unique_violation(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error as Db};
        matches!(self, Error::Database(Db::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
    }

    /// Whether running the same transaction again may succeed (PostgreSQL's serialisation failures).
    pub fn may_retry(&self) -> bool {
        use diesel::result::{DatabaseErrorKind, Error as Db};
        match self {
            Error::Database(Db::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
            // PostgreSQL reports a deadlock as an unknown kind
            Error::Database(Db::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
                info.message().contains("deadlock detected")
            }
            _ => false,
        }
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error as Db};
        match &error {
            Db::NotFound => Error::NotFound,
            // which column, and what is wrong with it
            Db::DeserializationError(inner) => {
                let first: &(dyn std::error::Error + 'static) = inner.as_ref();
                let causes: Vec<String> =
                    std::iter::successors(Some(first), |e| e.source()).map(ToString::to_string).collect();
                Error::Internal(causes.join(": "))
            }
            Db::DatabaseError(DatabaseErrorKind::ClosedConnection, _) => {
                Error::Unavailable(error.to_string())
            }
            Db::DatabaseError(_, info) => {
                let message = info.message();
                if message.contains("database or disk is full") || message.contains("No space left") {
                    Error::StorageFull(message.to_owned())
                } else if [
                    "database is locked",
                    "disk I/O error",
                    "unable to open",
                    "terminating connection",
                    "server closed the connection",
                    "the database system is",
                    "readonly database",
                ]
                .iter()
                .any(|sign| message.contains(sign))
                {
                    Error::Unavailable(message.to_owned())
                } else {
                    Error::Database(error)
                }
            }
            _ => Error::Database(error),
        }
    }
}

impl From<r2d2::Error> for Error {
    fn from(error: r2d2::Error) -> Self {
        Error::Unavailable(error.to_string())
    }
}
