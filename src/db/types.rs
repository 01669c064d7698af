//! Column types that mean the same on both databases.

use std::any::type_name;
use std::fmt;
use std::ops::Deref;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::Pg;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Text, Timestamp};
use diesel::sqlite::Sqlite;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// An instant in UTC to the microsecond, stored as a plain timestamp.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow, Serialize, Deserialize,
)]
#[diesel(sql_type = Timestamp)]
pub struct Instant(NaiveDateTime);

impl Instant {
    /// The instant as chrono knows it.
    pub fn utc(self) -> DateTime<Utc> {
        self.0.and_utc()
    }

    /// The day it is in Tokyo at this instant.
    pub fn tokyo_day(self) -> NaiveDate {
        crate::calendar::tokyo_day(self.utc())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%FT%T%.6fZ"))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Instant(at.naive_utc())
    }
}

impl<DB> ToSql<Timestamp, DB> for Instant
where
    DB: Backend,
    NaiveDateTime: ToSql<Timestamp, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB> FromSql<Timestamp, DB> for Instant
where
    DB: Backend,
    NaiveDateTime: FromSql<Timestamp, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        NaiveDateTime::from_sql(bytes).map(Instant)
    }
}

/// What belongs together, kept as JSON in a TEXT column on both databases. What cannot be read is an error.
#[derive(Clone, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Json<T>(pub T);

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Serialize + fmt::Debug> ToSql<Text, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: Serialize + fmt::Debug> ToSql<Text, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

// the text is made where it is known which of the two it goes to: what is bound must live as long as the query
impl<T: Serialize + fmt::Debug + Send + Sync + 'static> ToSql<Text, super::Backend> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, super::Backend>) -> serialize::Result {
        out.set_value((Text, self));
        Ok(IsNull::No)
    }
}

impl<T, DB> FromSql<Text, DB> for Json<T>
where
    T: DeserializeOwned,
    DB: Backend,
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        let text = String::from_sql(bytes)?;
        serde_json::from_str(&text).map(Json).map_err(|e| format!("no {}: {e}", type_name::<T>()).into())
    }
}

/// An enum kept as a code in a TEXT column on both databases, with its Japanese name for pages.
///
/// ```ignore
/// text_enum! {
///     /// How a letter came in.
///     pub enum Channel { WebForm = "web_form" => "ウェブ", Phone = "phone" => "電話" }
/// }
/// ```
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $code:literal => $label:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$vmeta])* #[doc = $label] $variant),+ }

        impl $name {
            /// Every value, in the order people read them.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The code stored and exchanged.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }

            /// The name people read.
            pub fn label(self) -> &'static str {
                match self { $($name::$variant => $label),+ }
            }

            /// The value of a code, if there is one.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some($name::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.code())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.code())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(from)?;
                $name::from_code(&code)
                    .ok_or_else(|| serde::de::Error::custom(format!("no {} is called {code:?}", stringify!($name))))
            }
        }

        impl<DB> diesel::serialize::ToSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            str: diesel::serialize::ToSql<diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, DB>) -> diesel::serialize::Result {
                diesel::serialize::ToSql::<diesel::sql_types::Text, DB>::to_sql(self.code(), out)
            }
        }

        impl<DB> diesel::deserialize::FromSql<diesel::sql_types::Text, DB> for $name
        where
            DB: diesel::backend::Backend,
            String: diesel::deserialize::FromSql<diesel::sql_types::Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> diesel::deserialize::Result<Self> {
                let code = <String as diesel::deserialize::FromSql<diesel::sql_types::Text, DB>>::from_sql(bytes)?;
                $name::from_code(&code).ok_or_else(|| format!("no {} is called {code:?}", stringify!($name)).into())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;

    use super::*;
    use crate::db::Db;

    diesel::table! {
        place (id) { id -> BigInt, found -> Text }
    }

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Found {
        floor: i64,
    }

    #[test]
    fn what_is_kept_as_json_is_read_back_and_what_cannot_be_read_is_named() {
        let mut db = Db::open("sqlite::memory:").unwrap();
        db.batch_execute("CREATE TABLE place (id INTEGER PRIMARY KEY, found TEXT NOT NULL)").unwrap();
        let kept = Json(Found { floor: 4 });
        diesel::insert_into(place::table).values(place::found.eq(&kept)).execute(&mut db).unwrap();
        let text: String = place::table.select(place::found).first(&mut db).unwrap();
        assert_eq!(text, r#"{"floor":4}"#);
        let read = |db: &mut Db| place::table.select(place::found).first::<Json<Found>>(db);
        assert_eq!(read(&mut db).unwrap(), kept);
        db.batch_execute("UPDATE place SET found = '{}'").unwrap();
        let told = crate::error::Error::from(read(&mut db).unwrap_err()).to_string();
        assert!(told.contains("found") && told.contains("missing field `floor`"), "{told}");
    }
}
