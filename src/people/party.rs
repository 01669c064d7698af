//! The sender of a letter: kept in a row of its own, sealed, opened only with a reason that the trail keeps.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::error::{Error, Result};
use crate::mail;
use crate::seal::Sealer;
use crate::text::input::single_line;
use crate::text_enum;
use crate::web::form::Fields;
use crate::web::parts::Errors;

text_enum! {
    /// Why somebody looks at a sender's name and address. Kept in the trail.
    pub enum OpenReason {
        Reply = "reply" => "回答を書く・送るため",
        Ask = "ask" => "内容を確かめるため",
        Safety = "safety" => "安全の確認のため",
        Address = "address" => "宛先を確かめる・直すため",
        Disclosure = "disclosure" => "開示請求などの手続のため",
        Other = "other" => "その他",
    }
}

/// The longest explanation of a reason, in characters: with the reason's own words it stays within
/// [`super::REASON_LIMIT`].
pub const NOTE_LIMIT: usize = 180;

impl OpenReason {
    /// The reason with its explanation, as the trail keeps it.
    pub fn with(self, note: &str) -> String {
        if note.is_empty() { self.label().to_owned() } else { format!("{}({note})", self.label()) }
    }

    /// The reason and its explanation as a form sent them.
    ///
    /// # Errors
    /// What is missing or too long, field by field.
    pub fn read(fields: &Fields) -> Result<(OpenReason, String), Errors> {
        let note = single_line(fields.text("note")).text.trim().to_owned();
        let reason = OpenReason::from_code(fields.text("reason"));
        let mut errors = Errors::default();
        if reason.is_none() {
            errors.add("reason", "見る理由を選んでください。");
        }
        if reason == Some(OpenReason::Other) && note.is_empty() {
            errors.add("note", "「その他」のときは、理由の説明を入力してください。");
        }
        if note.chars().count() > NOTE_LIMIT {
            errors.add("note", format!("理由の説明は{NOTE_LIMIT}字までにしてください。"));
        }
        match reason {
            Some(reason) if errors.is_empty() => Ok((reason, note)),
            _ => Err(errors),
        }
    }
}

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
    /// A keyed hash over all that was told: changes with every correction and with nothing else.
    pub whole_mark: String,
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
        let whole_mark = URL_SAFE_NO_PAD.encode(&sealer.mac("party.whole", &[&plain])[..18]);
        plain.zeroize();
        Ok(SealedParty {
            kind: super::kind_of(details),
            sealed,
            mail_mark: Some(&details.email).filter(|a| !a.is_empty()).map(|a| mail::mark_of(sealer, a)),
            phone_mark: Some(details.phone.to_lowercase())
                .filter(|p| !p.is_empty())
                .map(|p| sealer.mark("party.phone", &p)),
            whole_mark,
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
