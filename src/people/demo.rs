//! The people of the demo city: invented names in the city's real units.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};

use super::staffing::{self, NewPosting, NewStaff};
use super::store::staff;
use super::{Role, city};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::trail::By;

/// Login, name, reading, unit, role.
const PEOPLE: &[(&str, &str, &str, &str, Role)] = &[
    ("admin", "安部 管理", "アベ　カンリ", city::LISTENING, Role::Admin),
    ("kocho", "広田 聡子", "ヒロタ　サトコ", city::LISTENING, Role::Listening),
    ("tanto", "道上 拓也", "ミチガミ　タクヤ", "doro", Role::Drafter),
    ("kacho", "道本 和江", "ミチモト　カズエ", "doro", Role::SectionHead),
    ("bucho", "建山 武", "タテヤマ　タケシ", "kensetsu-bu", Role::DepartmentHead),
    ("shicho", "市川 長一", "イチカワ　チョウイチ", city::MAYOR, Role::Mayor),
    ("clerk", "池見 ツノル", "イケミ　ツノル", city::LISTENING, Role::Clerk),
    ("kansa", "監物 査智", "ケンモツ　サチ", "kansa-iin", Role::Auditor),
    ("kocho2", "広川 文", "ヒロカワ　フミ", city::LISTENING, Role::Listening),
    ("kochokacho", "広瀬 治", "ヒロセ　オサム", city::LISTENING, Role::SectionHead),
    ("sogobucho", "総山 政子", "ソウヤマ　マサコ", "sogo-seisaku", Role::DepartmentHead),
    ("tanto2", "園田 緑", "ソノダ　ミドリ", "koen", Role::Drafter),
    ("kacho2", "園部 公平", "ソノベ　コウヘイ", "koen", Role::SectionHead),
    ("bucho2", "都築 整", "ツヅキ　ヒトシ", "toshi-bu", Role::DepartmentHead),
    ("kosodate1", "子安 めぐみ", "コヤス　メグミ", "kosodate", Role::Drafter),
    ("kosodate2", "児島 育代", "コジマ　イクヨ", "kosodate", Role::SectionHead),
    ("kankyo1", "清水 澄", "シミズ　キヨシ", "kankyo", Role::Drafter),
    ("kankyo2", "環 みどり", "タマキ　ミドリ", "kankyo", Role::SectionHead),
    ("kanko1", "旅川 歩", "タビカワ　アユム", "kanko", Role::Drafter),
    ("kanko2", "港 渡", "ミナト　ワタル", "kanko", Role::SectionHead),
    ("fukushi1", "福田 恵", "フクダ　メグミ", "fukushi", Role::Drafter),
    ("fukushi2", "祉村 守", "シムラ　マモル", "fukushi", Role::SectionHead),
    ("toyota1", "豊原 稔", "トヨハラ　ミノル", "toyota-chiiki", Role::Drafter),
    ("toyota2", "蛍谷 光", "ホタルダニ　ヒカル", "toyota-chiiki", Role::SectionHead),
    ("kikaku1", "計 企", "ハカリ　タクミ", "kikaku", Role::Drafter),
    ("kikaku2", "策山 立", "サクヤマ　タツ", "kikaku", Role::SectionHead),
    ("machizukuri1", "町田 作", "マチダ　サク", "machizukuri", Role::Drafter),
    ("machizukuri2", "住吉 和", "スミヨシ　カズ", "machizukuri", Role::SectionHead),
    ("somu1", "備前 守", "ビゼン　マモル", "somu", Role::Drafter),
    ("somu2", "総社 務", "ソウジャ　ツトム", "somu", Role::SectionHead),
    ("zaisei1", "数野 算", "カズノ　サン", "zaisei", Role::Drafter),
    ("zaisei2", "蔵本 守", "クラモト　マモル", "zaisei", Role::SectionHead),
    ("fukushicho", "副島 助", "ソエジマ　タスク", city::MAYOR, Role::DeputyMayor),
];

/// The day from which the demo's units and postings hold: letters of earlier years have somebody to belong to.
const SINCE: Option<NaiveDate> = NaiveDate::from_ymd_opt(2024, 4, 1);

/// Makes the demo's accounts, all with the password whose hash is given and without being asked to change it, in the
/// city's units (added where missing). Run inside a write; doing it again changes nothing. Gives ids by login.
pub fn demo_people(
    db: &mut Db,
    password_hash: &str,
    now: DateTime<Utc>,
) -> Result<BTreeMap<&'static str, i64>> {
    let by = By::system();
    let since = SINCE.unwrap_or_else(|| crate::calendar::tokyo_day(now));
    let units = super::seed_units(db, since)?;
    let mut ids = BTreeMap::new();
    for (login, name, name_kana, unit, role) in PEOPLE {
        let id = match staff::id_of(db, login)? {
            Some(id) => id,
            None => {
                let new = NewStaff {
                    login: (*login).to_owned(),
                    name: (*name).to_owned(),
                    name_kana: (*name_kana).to_owned(),
                    email: Some(format!("{login}@city.example.lg.jp")),
                    password_hash: password_hash.to_owned(),
                    must_change_password: false,
                };
                let id = staffing::add(db, &by, now, &new)?;
                let unit_id = units.by_code(unit).map(|u| u.id).ok_or(Error::NotFound)?;
                let posting =
                    NewPosting { staff_id: id, unit_id, role: *role, from: since, to: None, transfer: false };
                staffing::post(db, &by, now, &posting)?;
                id
            }
        };
        ids.insert(*login, id);
    }
    Ok(ids)
}
