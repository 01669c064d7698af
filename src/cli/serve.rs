//! `serve`: both doors and the background work.

use crate::approval;
use crate::error::{Error, Result};
use crate::intake::doors::Doors;
use crate::people;
use crate::routes;
use crate::web::{App, Door, Shared, server};
use crate::work::{DELIVERY, FILES, INCOMING, LIKENESS, TASKS, Work};

pub(super) fn run(app: App) -> Result<()> {
    let app = Shared::new(app);
    app.db.write_now(approval::seed)?;
    let work = [TASKS, DELIVERY, FILES, INCOMING, LIKENESS].map(|tasks| Work::start(app.clone(), tasks));
    let work = work.into_iter().collect::<Result<Vec<_>>>()?;
    let doors = Doors::open(&app)?;
    if let Some(lmtp) = &doors.lmtp {
        println!("メールの窓口 lmtp://{}", lmtp.address);
    }
    let served = actix_web::rt::System::new().block_on(async move {
        let citizen = server::bind(&app, Door::Citizen, routes::citizen)?;
        let staff = server::bind(&app, Door::Staff, routes::staff)?;
        println!("市民の窓口 http://{}  職員の窓口 http://{}", citizen.address, staff.address);
        people::commands::invite(&app)?;
        let handles = [citizen.server.handle(), staff.server.handle()];
        actix_web::rt::spawn(async move {
            // a supervisor's polite stop, or Ctrl-C
            wait_for_stop().await;
            for handle in handles {
                handle.stop(true).await;
            }
        });
        futures_util::try_join!(citizen.server, staff.server).map_err(Error::internal)?;
        Ok(())
    });
    // the doors are closed; what is being done behind them comes to its end
    drop(doors);
    drop(work);
    served
}

async fn wait_for_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! { _ = terminate.recv() => {}, _ = tokio::signal::ctrl_c() => {} }
        }
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}
