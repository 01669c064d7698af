//! The city's units as its rules name them: 下関市報道広聴事務取扱規程 (平成30年訓令4) for the lead sections, 情報公開条例
//! (平成17年条例16) for the executive bodies. What neither names is left for the administrator to add.

use chrono::NaiveDate;

use super::staffing::NewUnit;
use super::store::staff;
use super::units::Units;
use super::{UnitKind, units};
use crate::db::Db;
use crate::error::Result;

/// The code of the office that runs the letters.
pub const LISTENING: &str = "kocho";

/// The code of the body whose head is the mayor.
pub const MAYOR: &str = "shicho-bukyoku";

use UnitKind::{Branch, Department, ExecutiveBody, Section, SubBranch};

/// Code, kind, name, code of the unit above, whether it leads its department.
type Row = (&'static str, UnitKind, &'static str, &'static str, bool);

const UNITS: &[Row] = &[
    (MAYOR, ExecutiveBody, "市長部局", "", false),
    ("sogo-seisaku", Department, "総合政策部", MAYOR, false),
    ("kikaku", Section, "企画課", "sogo-seisaku", true),
    (LISTENING, Section, "広報広聴担当", "sogo-seisaku", false),
    ("somu-bu", Department, "総務部", MAYOR, false),
    ("somu", Section, "総務課", "somu-bu", true),
    ("zaisei-bu", Department, "財政部", MAYOR, false),
    ("zaisei", Section, "財政課", "zaisei-bu", true),
    ("shimin-bu", Department, "市民部", MAYOR, false),
    ("machizukuri", Section, "まちづくり政策課", "shimin-bu", true),
    ("hikoshima", SubBranch, "彦島支所", "shimin-bu", false),
    ("chofu", SubBranch, "長府支所", "shimin-bu", false),
    ("oji", SubBranch, "王司支所", "shimin-bu", false),
    ("kiyosue", SubBranch, "清末支所", "shimin-bu", false),
    ("ozuki", SubBranch, "小月支所", "shimin-bu", false),
    ("oki", SubBranch, "王喜支所", "shimin-bu", false),
    ("yoshida", SubBranch, "吉田支所", "shimin-bu", false),
    ("katsuyama", SubBranch, "勝山支所", "shimin-bu", false),
    ("utsui", SubBranch, "内日支所", "shimin-bu", false),
    ("kawanaka", SubBranch, "川中支所", "shimin-bu", false),
    ("yasuoka", SubBranch, "安岡支所", "shimin-bu", false),
    ("yoshimi", SubBranch, "吉見支所", "shimin-bu", false),
    ("fukushi-bu", Department, "福祉部", MAYOR, false),
    ("fukushi", Section, "福祉政策課", "fukushi-bu", true),
    ("kodomo-bu", Department, "こども未来部", MAYOR, false),
    ("kosodate", Section, "子育て政策課", "kodomo-bu", true),
    ("hoken-bu", Department, "保健部", MAYOR, false),
    ("hoken-iryo", Section, "保健医療政策課", "hoken-bu", true),
    ("kankyo-bu", Department, "環境部", MAYOR, false),
    ("kankyo", Section, "環境政策課", "kankyo-bu", true),
    ("sangyo-bu", Department, "産業振興部", MAYOR, false),
    ("sangyo", Section, "産業振興課", "sangyo-bu", true),
    ("norin-bu", Department, "農林水産振興部", MAYOR, false),
    ("nogyo", Section, "農業振興課", "norin-bu", true),
    ("kanko-bu", Department, "観光スポーツ文化部", MAYOR, false),
    ("kanko", Section, "観光政策課", "kanko-bu", true),
    ("kensetsu-bu", Department, "建設部", MAYOR, false),
    ("doro", Section, "道路河川建設課", "kensetsu-bu", true),
    ("toshi-bu", Department, "都市整備部", MAYOR, false),
    ("toshi-keikaku", Section, "都市計画課", "toshi-bu", true),
    ("koen", Section, "公園緑地課", "toshi-bu", false),
    ("kowan-kyoku", Department, "港湾局", MAYOR, false),
    ("kowan-keiei", Section, "経営課", "kowan-kyoku", true),
    ("kikugawa", Branch, "菊川総合支所", MAYOR, false),
    ("kikugawa-chiiki", Section, "地域政策課", "kikugawa", true),
    ("toyota", Branch, "豊田総合支所", MAYOR, false),
    ("toyota-chiiki", Section, "地域政策課", "toyota", true),
    ("toyoura", Branch, "豊浦総合支所", MAYOR, false),
    ("toyoura-chiiki", Section, "地域政策課", "toyoura", true),
    ("hohoku", Branch, "豊北総合支所", MAYOR, false),
    ("hohoku-chiiki", Section, "地域政策課", "hohoku", true),
    ("jogesui", ExecutiveBody, "上下水道局", "", false),
    ("kyoiku", ExecutiveBody, "教育委員会", "", false),
    ("senkan", ExecutiveBody, "選挙管理委員会", "", false),
    ("kohei", ExecutiveBody, "公平委員会", "", false),
    ("kansa-iin", ExecutiveBody, "監査委員", "", false),
    ("nogyo-iin", ExecutiveBody, "農業委員会", "", false),
    ("hyoka", ExecutiveBody, "固定資産評価審査委員会", "", false),
    ("shobo", ExecutiveBody, "消防局", "", false),
    ("gikai", ExecutiveBody, "市議会", "", false),
];

/// Adds the units that are not there yet (by their codes), existing from `from` on. Run inside a write; gives all
/// units. Doing it again changes nothing.
pub fn seed_units(db: &mut Db, from: NaiveDate) -> Result<std::sync::Arc<Units>> {
    let before = units(db)?;
    let mut ids: std::collections::HashMap<&str, i64> =
        UNITS.iter().filter_map(|row| before.by_code(row.0).map(|u| (row.0, u.id))).collect();
    for ((code, kind, name, above, leads), sort) in UNITS.iter().zip((10..).step_by(10)) {
        if ids.contains_key(code) {
            continue;
        }
        let new = NewUnit {
            code: (*code).to_owned(),
            kind: *kind,
            name: (*name).to_owned(),
            parent_id: ids.get(above).copied(),
            leads: *leads,
            phone: None,
            email: None,
            valid_from: from,
            sort,
        };
        ids.insert(code, staff::insert_unit(db, &new)?);
    }
    units(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_stands_after_the_one_above_it_and_codes_are_unique() {
        let mut seen = vec![""];
        for (code, kind, name, above, leads) in UNITS {
            assert!(seen.contains(above), "{name}: {above} comes later");
            assert!(!seen.contains(code), "{code} twice");
            assert!(!leads || *kind == Section);
            seen.push(code);
        }
    }

    #[test]
    fn every_department_of_the_rule_has_exactly_one_lead_section() {
        for (code, kind, name, _, _) in UNITS {
            let leads = UNITS.iter().filter(|u| u.3 == *code && u.4).count();
            assert_eq!(leads, usize::from(matches!(kind, Department | Branch)), "{name}");
        }
    }
}
