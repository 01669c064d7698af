//! What the ground promises: the trail cannot be changed, writers share commits without sharing failures, sealed
//! bytes open only where they belong.

use std::sync::atomic::{AtomicBool, Ordering};

use diesel::connection::SimpleConnection;
use hirokiku::error::{Error, Result};
use hirokiku::trail::{self, Act, By, Line, Subject};

use crate::app::TestApp;
use crate::letters::arrival;

/// What the database said to a raw statement, if it refused.
fn refused(app: &TestApp, sql: &str) -> Option<String> {
    let sql = sql.to_owned();
    app.app.db.write_now(move |db| Ok(db.batch_execute(&sql)?)).err().map(|e| e.to_string())
}

fn some_lines(app: &TestApp, count: usize) {
    let now = app.clock.now();
    app.write(move |db| {
        for i in 0..count {
            trail::record(db, &By::system(), now, &Line::new(Act::Exported, Subject::System, i))?;
        }
        Ok(())
    });
}

#[test]
fn the_database_refuses_to_change_or_cut_the_trail() {
    let app = TestApp::new();
    some_lines(&app, 3);
    app.write(|db| trail::link(db, 100));
    for sql in [
        "UPDATE trail SET actor_name = 'somebody else'",
        "DELETE FROM trail",
        "UPDATE trail_link SET hash = ''",
        "DELETE FROM trail_link WHERE no = 3",
    ] {
        assert!(refused(&app, sql).is_some_and(|e| e.contains("the trail is never")), "{sql}");
    }
}

#[test]
fn the_chain_finds_a_line_that_was_changed_removed_or_slipped_in() {
    for (what, lines) in [
        ("UPDATE trail SET actor_name = 'x' WHERE id = 2", 4),
        ("DELETE FROM trail WHERE id = 2", 4),
        ("UPDATE trail_link SET trail_id = trail_id + 100 WHERE no IN (2, 3)", 4),
        ("DELETE FROM trail_link WHERE no = 2", 4),
        ("DELETE FROM trail_link WHERE no = 4", 4),
    ] {
        let app = TestApp::new();
        some_lines(&app, lines);
        app.write(|db| trail::link(db, 100));
        assert_eq!(app.read(trail::verify).faults, Vec::<String>::new());
        app.write(move |db| {
            // whoever owns the file can drop its guards; the chain still tells
            let drop = ["trail_no_update", "trail_no_delete", "trail_link_no_update", "trail_link_no_delete"];
            for name in drop {
                let table = if name.starts_with("trail_link") { "trail_link" } else { "trail" };
                let statement = match db.kind() {
                    hirokiku::db::Kind::Sqlite => format!("DROP TRIGGER {name}"),
                    hirokiku::db::Kind::Postgres => format!("DROP TRIGGER {name} ON {table}"),
                };
                db.batch_execute(&statement)?;
            }
            if db.kind() == hirokiku::db::Kind::Sqlite {
                db.batch_execute("PRAGMA defer_foreign_keys = ON")?;
            } else {
                db.batch_execute("ALTER TABLE trail_link DROP CONSTRAINT trail_link_trail_id_fkey")?;
            }
            Ok(())
        });
        if app.app.db.write_now(move |db| Ok(db.batch_execute(what)?)).is_err() {
            // a foreign key stood in the way: that is a refusal too
            continue;
        }
        assert_ne!(app.read(trail::verify).faults, Vec::<String>::new(), "{what}");
    }
}

#[actix_web::test]
async fn one_writer_s_failure_undoes_nothing_of_the_others() {
    let app = TestApp::new();
    let mut waiting = Vec::new();
    for i in 0..60 {
        let (db, letter) = (app.app.db.clone(), arrival(&app, &format!("{i}通目")));
        waiting.push(actix_web::rt::spawn(async move {
            db.write(move |db| {
                let accepted = hirokiku::letters::accept(db, &letter, &By::citizen())?;
                if i % 3 == 0 {
                    Err(Error::Refused("every third fails".to_owned()))
                } else {
                    Ok(accepted.letter_id)
                }
            })
            .await
        }));
    }
    let mut kept = 0;
    for (i, task) in waiting.into_iter().enumerate() {
        let done = task.await.expect("the task ends");
        assert_eq!(done.is_ok(), i % 3 != 0);
        kept += i64::from(done.is_ok());
    }
    use diesel::prelude::*;
    use hirokiku::db::schema::{letter, trail as lines};
    assert_eq!(app.read(|db| Ok(letter::table.count().get_result::<i64>(db)?)), kept);
    assert_eq!(app.read(|db| Ok(lines::table.count().get_result::<i64>(db)?)), kept);
}

#[actix_web::test]
async fn a_writer_that_panics_leaves_the_line_moving() {
    let app = TestApp::new();
    if app.app.db.url().starts_with("sqlite:") {
        let broken = app.app.db.write::<(), _>(|_| panic!("on purpose")).await;
        assert!(matches!(broken, Err(Error::Internal(_))));
    }
    let letter = arrival(&app, "その後の一通");
    assert!(app.app.db.write(move |db| hirokiku::letters::accept(db, &letter, &By::citizen())).await.is_ok());
}

#[test]
fn two_people_counting_at_once_lose_no_count() {
    let app = TestApp::new();
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let db = app.app.db.clone();
            std::thread::spawn(move || {
                for _ in 0..25 {
                    db.write_now(|db| {
                        use diesel::prelude::*;
                        use hirokiku::db::schema::public_edition as e;
                        let no: i64 = e::table.select(e::no).first(db)?;
                        diesel::update(e::table).set(e::no.eq(no + 1)).execute(db)?;
                        Ok(())
                    })
                    .expect("the count is written");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("the thread ends");
    }
    use diesel::prelude::*;
    use hirokiku::db::schema::public_edition as e;
    assert_eq!(app.read(|db| Ok(e::table.select(e::no).first::<i64>(db)?)), 201);
}

/// What `mail import` and the server do with one file.
#[test]
fn a_program_that_never_stops_writing_leaves_another_its_turn() {
    use diesel::prelude::*;
    use hirokiku::db::Pool;
    use hirokiku::db::schema::public_edition as e;
    let app = TestApp::new();
    let count = |pool: &Pool, behind: bool| {
        let one = |db: &mut hirokiku::db::Db| {
            let no: i64 = e::table.select(e::no).first(db)?;
            diesel::update(e::table).set(e::no.eq(no + 1)).execute(db)?;
            Ok(())
        };
        if behind { pool.write_behind(one) } else { pool.write_now(one) }
    };
    let other = Pool::open_as_is(app.app.db.url(), 1).expect("the file is opened twice");
    let enough = AtomicBool::new(false);
    let (busy, turns) = std::thread::scope(|scope| {
        let busy = [true, true, false, false].map(|behind| {
            let (app, enough) = (&app, &enough);
            scope.spawn(move || {
                let mut done = 0;
                while !enough.load(Ordering::Relaxed) {
                    count(&app.app.db, behind).expect("the busy one writes");
                    done += 1;
                }
                done
            })
        });
        let turns: Result<Vec<()>> = (0..30).map(|_| count(&other, false)).collect();
        enough.store(true, Ordering::Relaxed);
        (busy.map(|thread| thread.join().expect("no panic")).iter().sum::<i64>(), turns)
    });
    assert_eq!(turns.expect("the other gets its turn each time").len(), 30);
    assert_eq!(app.read(|db| Ok(e::table.select(e::no).first::<i64>(db)?)), 1 + busy + 30);
}

#[test]
fn sealed_bytes_open_only_in_the_row_they_were_sealed_for() {
    let app = TestApp::new();
    let sealed = app.app.sealer.seal("party:1", "山田".as_bytes()).expect("sealing works");
    let open =
        |aad: &str, bytes: &[u8]| app.app.sealer.open_sealed(aad, sealed.key_id, bytes).map(|p| p.to_vec());
    assert_eq!(open("party:1", &sealed.bytes).expect("it opens"), "山田".as_bytes());
    assert!(open("party:2", &sealed.bytes).is_err());
    let mut changed = sealed.bytes.clone();
    if let Some(byte) = changed.last_mut() {
        *byte ^= 1;
    }
    assert!(open("party:1", &changed).is_err());
}

#[test]
fn the_original_of_a_letter_cannot_be_changed_or_deleted() {
    let app = TestApp::new();
    let letter = arrival(&app, "元の文");
    app.write(move |db| hirokiku::letters::accept(db, &letter, &By::citizen()));
    assert!(
        refused(&app, "UPDATE letter SET body_original = '別の文'").is_some_and(|e| e.contains("sealed"))
    );
    assert!(refused(&app, "DELETE FROM matter").is_some_and(|e| e.contains("never deleted")));
    assert!(refused(&app, "UPDATE letter SET state = 'closed'").is_some_and(|e| e.contains("closes when")));
    assert_eq!(refused(&app, "UPDATE letter SET body_working = '読み直した文'"), None);
}
