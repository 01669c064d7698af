//! The commands `staff …` and `keys rotate`, and the line `serve` prints when nobody works here yet.

use clap::Subcommand;

use super::staffing::{self, NewPosting, NewStaff};
use super::{Role, Viewer, keys, password, store, units};
use crate::error::{Error, Result};
use crate::trail::By;
use crate::web::App;

/// Accounts from the shell.
#[derive(Debug, Subcommand)]
pub enum StaffCommand {
    /// 職員を加え、最初のパスワードを表示する
    Add {
        /// ログイン名(英小文字・数字・. - _)
        login: String,
        /// 名前
        #[arg(long)]
        name: String,
        /// フリガナ
        #[arg(long)]
        kana: String,
        /// 役割の記号: admin listening drafter section_head department_head deputy_mayor mayor clerk auditor
        #[arg(long)]
        role: String,
        /// 所属の記号(なければ広聴担当)
        #[arg(long, default_value = super::city::LISTENING)]
        unit: String,
        /// メールアドレス
        #[arg(long)]
        mail: Option<String>,
    },
    /// 職員の一覧
    List,
    /// サインインを止める
    Disable {
        /// ログイン名
        login: String,
    },
    /// パスワードを出し直し、二段階認証を解く
    Reset {
        /// ログイン名
        login: String,
    },
}

/// Keys that seal personal data.
#[derive(Clone, Copy, Debug, Subcommand)]
pub enum KeysCommand {
    /// 鍵を替え、すべて封じ直す(動いたままでできる)
    Rotate,
}

/// Runs `staff …`.
///
/// # Errors
/// What the person at the shell has to change.
pub fn staff(app: &App, command: &StaffCommand) -> Result<()> {
    let now = app.clock.now();
    let today = app.clock.today();
    match command {
        StaffCommand::Add { login, name, kana, role, unit, mail } => {
            let login = staffing::login_name(login);
            if let Some(words) = staffing::login_trouble(&login) {
                return Err(Error::Refused(words.to_owned()));
            }
            let role = Role::from_code(role).ok_or_else(|| {
                let codes: Vec<&str> = Role::ALL.iter().map(|r| r.code()).collect();
                Error::Refused(format!("役割は次のどれかにしてください: {}", codes.join(" ")))
            })?;
            let wrong = |e: crate::text::input::InputError| Error::Refused(e.to_string());
            let name_kana = crate::text::input::reading(kana).map_err(wrong)?.normal;
            let email = match mail {
                Some(mail) => Some(crate::text::input::email(mail).map_err(wrong)?.normal),
                None => None,
            };
            let initial = password::initial(&app.clock);
            let new = NewStaff {
                login: login.clone(),
                name: name.clone(),
                name_kana,
                email,
                password_hash: password::hash_now(&initial)?,
                must_change_password: true,
            };
            let unit = unit.clone();
            app.db.write_now(move |db| {
                let mut tree = units(db)?;
                if tree.all().is_empty() {
                    tree = super::seed_units(db, today)?;
                }
                let unit_id = tree
                    .by_code(&unit)
                    .map(|u| u.id)
                    .ok_or_else(|| Error::Refused(format!("記号「{unit}」の組織はありません。")))?;
                let by = By::shell();
                let staff_id = staffing::add(db, &by, now, &new)?;
                let posting = NewPosting { staff_id, unit_id, role, from: today, to: None, transfer: false };
                staffing::post(db, &by, now, &posting)?;
                Ok(())
            })?;
            println!("{login} を加えました。最初のパスワード: {initial}");
            Ok(())
        }
        StaffCommand::List => {
            let (everybody, tree) = app.db.read_now(|db| Ok((store::staff::everybody(db)?, units(db)?)))?;
            for person in everybody {
                let held: Vec<String> = tree
                    .postings_of(person.id, today)
                    .iter()
                    .map(|p| format!("{}・{}", p.unit_name, p.role.label()))
                    .collect();
                let state = if person.active { "" } else { "(停止中)" };
                println!("{}\t{}{state}\t{}", person.login, person.name, held.join(" / "));
            }
            Ok(())
        }
        StaffCommand::Disable { login } => {
            let id = of_login(app, login)?;
            app.db.write_now(move |db| staffing::disable(db, &By::shell(), now, id))?;
            println!("{login} のサインインを止めました。");
            Ok(())
        }
        StaffCommand::Reset { login } => {
            let id = of_login(app, login)?;
            let initial = password::initial(&app.clock);
            let hash = password::hash_now(&initial)?;
            app.db.write_now(move |db| {
                staffing::reset_password(db, &By::shell(), now, id, &hash)?;
                staffing::reset_second_factor(db, &By::shell(), now, id)
            })?;
            println!("{login} の二段階認証を解きました。最初のパスワード: {initial}");
            Ok(())
        }
    }
}

/// A member of staff in whose name a command works: what he or she may not do, the command does not.
///
/// # Errors
/// [`Error::Refused`] when nobody who works here has this login name.
pub fn in_the_name_of(app: &App, login: &str) -> Result<Viewer> {
    let (id, today) = (of_login(app, login)?, app.clock.today());
    app.db.read_now(|db| {
        let person = store::staff::one(db, id)?;
        if !person.active {
            return Err(Error::Refused(format!("ログイン名「{login}」の職員は停止しています。")));
        }
        let postings = units(db)?.postings_of(id, today);
        Ok(Viewer { id, login: person.login, name: person.name, postings, csrf: String::new(), today })
    })
}

fn of_login(app: &App, login: &str) -> Result<i64> {
    let login = staffing::login_name(login);
    app.db
        .read_now(|db| store::staff::id_of(db, &login))?
        .ok_or_else(|| Error::Refused(format!("ログイン名「{login}」の職員はいません。")))
}

/// Runs `keys rotate`.
///
/// # Errors
/// When another rotation runs, or file or database refuse; running it again carries on.
pub fn rotate(app: &App) -> Result<()> {
    let done = keys::rotate(&app.db, &app.sealer, &app.clock, &app.config.seal_key_path())?;
    println!(
        "鍵を替えました。封じ直したもの: 差出人 {}、メール {}、二段階認証 {}",
        done.parties, done.mails, done.factors
    );
    Ok(())
}

/// Prints the first administrator's link while nobody works here yet.
///
/// # Errors
/// The database's.
pub fn invite(app: &App) -> Result<()> {
    let (url, key, now) = (app.config.staff_url.clone(), app.clock.random(), app.clock.now());
    if let Some(link) = app.db.write_now(move |db| super::welcome_link(db, &url, key, now))? {
        println!("最初のシステム管理者を、1時間以内に次のページで登録してください。\n{link}");
    }
    Ok(())
}
