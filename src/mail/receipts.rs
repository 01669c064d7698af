//! The receipt mail of what came in, for each code it may get.

use std::fmt;
use std::sync::Arc;

use super::{Letterform, MailKind, Prepared};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::Result;
use crate::seal::Sealer;

/// A mail for each code that is tried, in their order; or none, where there is no address to write to. The first is
/// sealed beforehand. The others are sealed in the transaction that finds the first code taken: that hardly ever
/// happens, and sealing is a good part of what a letter costs.
#[derive(Clone, Debug, Default)]
pub struct ReceiptMails(Option<Offered>);

#[derive(Clone)]
struct Offered {
    first: Prepared,
    others: Arc<[Letterform]>,
    sealer: Sealer,
    clock: Clock,
}

impl fmt::Debug for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)
    }
}

impl ReceiptMails {
    /// What each mail says, in the order of the codes.
    ///
    /// # Errors
    /// That of sealing.
    pub fn seal(
        sealer: &Sealer,
        clock: &Clock,
        config: &Config,
        forms: impl IntoIterator<Item = Letterform>,
    ) -> Result<ReceiptMails> {
        let mut forms = forms.into_iter();
        let Some(form) = forms.next() else { return Ok(ReceiptMails(None)) };
        let first = Prepared::seal(sealer, clock, config, MailKind::Receipt, &form)?;
        let (others, sealer, clock) = (forms.collect(), sealer.clone(), clock.clone());
        Ok(ReceiptMails(Some(Offered { first, others, sealer, clock })))
    }

    /// [`Prepared::because_of_mail`], for each.
    #[must_use]
    pub fn because_of_mail(self, config: &Config, to: &str, machine: bool) -> ReceiptMails {
        let because = |of: Offered| Offered { first: of.first.because_of_mail(config, to, machine), ..of };
        ReceiptMails(self.0.map(because))
    }

    /// Whether there is no address to write to.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The mail for the code that was free.
    ///
    /// # Errors
    /// That of sealing.
    pub fn of(&self, receipt: usize) -> Result<Option<Prepared>> {
        let Some(Offered { first, others, sealer, clock }) = &self.0 else { return Ok(None) };
        match receipt.checked_sub(1).and_then(|nth| others.get(nth)) {
            None => Ok(Some(first.clone())),
            Some(form) => first.saying(sealer, clock, form).map(Some),
        }
    }
}
