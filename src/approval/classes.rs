//! The classes of approval a new city starts with. They are rows: a city changes them as it likes.

use super::route::{StepKind, SubjectKind, UnitRule};
use super::store;
use crate::db::Db;
use crate::error::Result;
use crate::people::Role;

type Route = &'static [(StepKind, Role, UnitRule)];

/// Code, label, mark, what for, route; in the order they are offered.
const CLASSES: &[(&str, &str, &str, SubjectKind, Route)] = &[
    (
        "reply_section",
        "課長専決(定例の回答)",
        "丙",
        SubjectKind::Reply,
        &[(StepKind::Decide, Role::SectionHead, UnitRule::Own)],
    ),
    (
        "reply_department",
        "部長専決(方針にかかわる回答)",
        "乙",
        SubjectKind::Reply,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Concur, Role::SectionHead, UnitRule::Joint),
            (StepKind::Concur, Role::Listening, UnitRule::Listening),
            (StepKind::Decide, Role::DepartmentHead, UnitRule::Department),
        ],
    ),
    (
        "reply_mayor",
        "市長決裁(重要な回答)",
        "甲",
        SubjectKind::Reply,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Approve, Role::DepartmentHead, UnitRule::Department),
            (StepKind::Concur, Role::SectionHead, UnitRule::Joint),
            (StepKind::Concur, Role::Listening, UnitRule::Listening),
            (StepKind::Approve, Role::DeputyMayor, UnitRule::Any),
            (StepKind::Decide, Role::Mayor, UnitRule::Any),
        ],
    ),
    (
        "interim",
        "課長専決(中間回答)",
        "丁",
        SubjectKind::Reply,
        &[(StepKind::Decide, Role::SectionHead, UnitRule::Own)],
    ),
    (
        "question",
        "課長専決(差出人へのお尋ね)",
        "丁",
        SubjectKind::Reply,
        &[(StepKind::Decide, Role::SectionHead, UnitRule::Own)],
    ),
    (
        "publication",
        "広聴専決(公表)",
        "丙",
        SubjectKind::Publication,
        &[(StepKind::Decide, Role::Listening, UnitRule::Listening)],
    ),
    (
        "consultation",
        "部長専決(意見募集)",
        "乙",
        SubjectKind::Consultation,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Decide, Role::DepartmentHead, UnitRule::Department),
        ],
    ),
    (
        "consultation_mayor",
        "市長決裁(重要な計画・条例の意見募集)",
        "甲",
        SubjectKind::Consultation,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Approve, Role::DepartmentHead, UnitRule::Department),
            (StepKind::Decide, Role::Mayor, UnitRule::Any),
        ],
    ),
    (
        "consultation_event",
        "課長専決(募集期間の変更)",
        "丙",
        SubjectKind::ConsultationEvent,
        &[(StepKind::Decide, Role::SectionHead, UnitRule::Own)],
    ),
    (
        "answers",
        "部長専決(市の考え方)",
        "乙",
        SubjectKind::Answers,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Decide, Role::DepartmentHead, UnitRule::Department),
        ],
    ),
    (
        "answers_section",
        "課長専決(市の考え方)",
        "丙",
        SubjectKind::Answers,
        &[(StepKind::Decide, Role::SectionHead, UnitRule::Own)],
    ),
    (
        "result",
        "部長専決(意見募集の結果)",
        "乙",
        SubjectKind::Result,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Decide, Role::DepartmentHead, UnitRule::Department),
        ],
    ),
    (
        "result_mayor",
        "市長決裁(重要な計画・条例の結果)",
        "甲",
        SubjectKind::Result,
        &[
            (StepKind::Approve, Role::SectionHead, UnitRule::Own),
            (StepKind::Approve, Role::DepartmentHead, UnitRule::Department),
            (StepKind::Decide, Role::Mayor, UnitRule::Any),
        ],
    ),
];

/// What a city begins with calls a class; none for one of its own making.
pub fn class_label(code: &str) -> Option<&'static str> {
    CLASSES.iter().find(|class| class.0 == code).map(|class| class.1)
}

/// Writes the classes and routes that are not there yet; run on every start.
pub fn seed(db: &mut Db) -> Result<()> {
    for (sort, (code, label, mark, kind, route)) in (1_i64..).zip(CLASSES) {
        if store::class(db, code)?.is_none() {
            store::insert_class(db, code, label, mark, *kind, sort)?;
            for (no, step) in (1_i64..).zip(*route) {
                store::insert_route_step(db, code, no, step)?;
            }
        }
    }
    Ok(())
}
