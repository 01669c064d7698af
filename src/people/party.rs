//! The sender of a letter: kept in a row of its own, sealed, opened only with a reason that the trail keeps.

use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::seal::Sealer;
use crate::text_enum;

text_enum! {
    /// Chooses between 様 and 御中.
    pub enum PartyKind {
        Person = "person" => "個人",
        Organisation = "organisation" => "団体",
    }
}

/// What a sender told of himself or herself, byte for byte as typed, with normal forms beside where the machine
/// needs one. Empty strings are what was not told.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize)]
#[serde(default)]
pub struct PartyDetails {
    /// Whole name.
    pub name: String,
    /// Its reading as typed.
    pub name_kana: String,
    /// Its reading in full-width katakana.
    pub name_kana_norm: String,
    /// The body's name.
    pub org_name: String,
    /// Who stands for it.
    pub rep_name: String,
    /// Seven digits, `750-8521`.
    pub postal_code: String,
    /// Address as typed.
    pub address: String,
    /// Mail address.
    pub email: String,
    /// Telephone or fax, normal form.
    pub phone: String,
}

impl std::fmt::Debug for PartyDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PartyDetails(…)")
    }
}

impl PartyDetails {
    /// Whether nothing at all was told: then there is no party.
    pub fn is_empty(&self) -> bool {
        *self == PartyDetails::default()
    }

    /// The name with its honorific: 様 for persons, 御中 for bodies, never both.
    pub fn addressee(&self) -> String {
        match (self.org_name.as_str(), self.rep_name.as_str(), self.name.as_str()) {
            ("", _, "") => String::new(),
            ("", _, name) => format!("{name} 様"),
            (org, "", "") => format!("{org} 御中"),
            (org, "", name) => format!("{org}\n{name} 様"),
            (org, rep, _) => format!("{org}\n{rep} 様"),
        }
    }

    /// Everything that would tell who it is, for checking that no public text holds it.
    pub fn telling(&self) -> Vec<String> {
        [&self.name, &self.name_kana, &self.org_name, &self.rep_name, &self.address, &self.email, &self.phone]
            .into_iter()
            .filter(|s| s.chars().count() >= 2)
            .cloned()
            .collect()
    }
}

/// A party row, sealed outside the transaction.
#[derive(Clone, Debug)]
pub struct SealedParty {
    /// `party.id`.
    pub id: String,
    /// Person or body.
    pub kind: PartyKind,
    /// Sealed [`PartyDetails`] as JSON.
    pub sealed: crate::seal::Sealed,
    /// Finds other letters of the same mail address.
    pub mail_mark: Option<String>,
    /// Finds other letters of the same telephone.
    pub phone_mark: Option<String>,
    /// When.
    pub created_at: crate::db::Instant,
}

impl SealedParty {
    /// Seals the details under a fresh id.
    pub fn seal(
        sealer: &Sealer,
        id: String,
        details: &PartyDetails,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Result<Self> {
        let mut plain = serde_json::to_vec(details).map_err(Error::internal)?;
        let sealed = sealer.seal(&aad(&id), &plain)?;
        plain.zeroize();
        let mark = |purpose: &str, value: &str| {
            Some(value.to_lowercase()).filter(|v| !v.is_empty()).map(|v| sealer.mark(purpose, &v))
        };
        Ok(SealedParty {
            kind: super::kind_of(details),
            sealed,
            mail_mark: mark("party.mail", &details.email),
            phone_mark: mark("party.phone", &details.phone),
            created_at: now.into(),
            id,
        })
    }
}

/// Opens sealed details. Whoever calls this records why in the trail.
pub fn open(sealer: &Sealer, id: &str, key_id: i64, bytes: &[u8]) -> Result<PartyDetails> {
    let plain = sealer.open_sealed(&aad(id), key_id, bytes)?;
    serde_json::from_slice(&plain).map_err(Error::internal)
}

pub(super) fn aad(id: &str) -> String {
    format!("party:{id}")
}
