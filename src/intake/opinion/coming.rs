//! When and by which way an opinion came that did not come by our form, and all that storing it needs.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Ready, sealed};
use crate::calendar::{era_date, parse_date, tokyo_day};
use crate::consultations::consultation::{ChannelKind, SenderFields};
use crate::consultations::submission::{self, Arrival};
use crate::error::Result;
use crate::letters::receipt::{self, Ticket};
use crate::web::App;
use crate::web::form::Fields;
use crate::web::parts::Errors;

/// When and how it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    /// The way.
    pub channel: ChannelKind,
    /// The instant another system received it; what has none counts by its day, and somebody typed it in.
    pub received_at: Option<DateTime<Utc>>,
    /// 受付日.
    pub received_on: NaiveDate,
    /// Postmark.
    pub postmarked_on: Option<NaiveDate>,
    /// As dated by the writer.
    pub written_on: Option<NaiveDate>,
}

impl Coming {
    /// Reads `channel`, `received_on` (`today` when empty), `postmarked_on` and `written_on`; `received_at` is the
    /// instant where it is known. Gives nothing when something was noted in `errors`.
    pub fn read(
        fields: &Fields,
        channels: &[ChannelKind],
        received_at: Option<DateTime<Utc>>,
        today: NaiveDate,
        errors: &mut Errors,
    ) -> Option<Coming> {
        let channel = ChannelKind::from_code(fields.text("channel")).filter(|c| channels.contains(c));
        if channel.is_none() {
            errors.add("channel", "届き方を選んでください。");
        }
        let mut date = |name: &str| -> Option<NaiveDate> {
            let typed = fields.filled(name)?;
            parse_date(typed).map_err(|why| errors.add(name, why.to_string())).ok()
        };
        let (received_on, postmarked_on, written_on) =
            (date("received_on"), date("postmarked_on"), date("written_on"));
        let received_on = received_at.map(tokyo_day).or(received_on).unwrap_or(today);
        if received_on > today {
            errors.add("received_on", "受付日が、今日より後の日付です。");
        }
        if postmarked_on.is_some_and(|day| day > received_on) {
            errors
                .add("postmarked_on", format!("消印が、受付日({})より後の日付です。", era_date(received_on)));
        }
        let channel = channel.filter(|_| errors.is_empty())?;
        Some(Coming {
            channel,
            received_at,
            received_on,
            postmarked_on: postmarked_on.filter(|_| channel == ChannelKind::Post),
            written_on,
        })
    }

    /// The submission, ready to be stored without files, and the receipts it chooses from. `number` is the entry's own:
    /// a second arrival with the same is the same submission. `typist` is who types it in or brings it.
    pub fn arrival(
        &self,
        app: &App,
        asked: &SenderFields,
        ready: Ready,
        number: &str,
        typist: i64,
        now: DateTime<Utc>,
    ) -> Result<(Vec<Ticket>, Arrival)> {
        let tickets = receipt::tickets(&app.sealer, number);
        let (party, sender_mark) = sealed(app, &ready.party, now)?;
        let arrival = Arrival {
            submission_key: Some(receipt::submission_key(&app.sealer, number)),
            receipts: tickets.iter().map(|t| t.receipt(&app.sealer)).collect(),
            channel: self.channel,
            missing: submission::missing(asked, &ready.party, &ready.relation),
            anonymous: ready.party.name.is_empty() && ready.party.org_name.is_empty(),
            points: ready.points,
            received_at: self.received_at.unwrap_or(now).into(),
            received_on: self.received_on,
            postmarked_on: self.postmarked_on,
            written_on: self.written_on,
            entered_by: self.received_at.is_none().then_some(typist),
            relation: ready.relation,
            party,
            sender_mark,
            org_publish_ok: ready.org_publish_ok,
            attachments: Vec::new(),
        };
        Ok((tickets, arrival))
    }
}
