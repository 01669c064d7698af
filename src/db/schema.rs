//! Every table, by hand: the Diesel CLI knows one database at a time. `tests/it/schema.rs` selects every column
//! of every table on both databases.

#![allow(missing_docs, reason = "the migrations explain the columns")]

diesel::table! {
    trail (id) {
        id -> BigInt,
        at -> Timestamp,
        door -> Text,
        actor_kind -> Text,
        actor_id -> Nullable<BigInt>,
        actor_name -> Text,
        act -> Text,
        subject_kind -> Text,
        subject_id -> Text,
        letter_id -> Nullable<BigInt>,
        detail -> Text,
    }
}

diesel::table! {
    trail_link (no) {
        no -> BigInt,
        trail_id -> BigInt,
        prev -> Text,
        hash -> Text,
    }
}

diesel::table! {
    trail_check (id) {
        id -> BigInt,
        at -> Timestamp,
        lines -> BigInt,
        head -> Text,
        faults -> Text,
    }
}

diesel::table! {
    unit (id) {
        id -> BigInt,
        code -> Text,
        kind -> Text,
        name -> Text,
        parent_id -> Nullable<BigInt>,
        leads -> Bool,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        sort -> BigInt,
    }
}

diesel::table! {
    staff (id) {
        id -> BigInt,
        login -> Text,
        name -> Text,
        name_kana -> Text,
        email -> Nullable<Text>,
        password_hash -> Text,
        must_change_password -> Bool,
        totp_sealed -> Nullable<Binary>,
        totp_key_id -> Nullable<BigInt>,
        totp_last_step -> Nullable<BigInt>,
        state -> Text,
        created_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    posting (id) {
        id -> BigInt,
        staff_id -> BigInt,
        unit_id -> BigInt,
        role -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    absence (id) {
        id -> BigInt,
        staff_id -> BigInt,
        substitute_id -> BigInt,
        from_on -> Date,
        to_on -> Date,
        reason -> Text,
        recorded_by -> BigInt,
        recorded_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    staff_session (id) {
        id -> Text,
        staff_id -> BigInt,
        csrf -> Text,
        network -> Text,
        agent -> Text,
        created_at -> Timestamp,
        seen_at -> Timestamp,
        expires_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    sign_in_failure (id) {
        id -> BigInt,
        login -> Text,
        network -> Text,
        device -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    seal_key (id) {
        id -> BigInt,
        wrapped -> Binary,
        created_at -> Timestamp,
        retired_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    party (id) {
        id -> Text,
        kind -> Text,
        sealed -> Binary,
        seal_key_id -> BigInt,
        mail_mark -> Nullable<Text>,
        phone_mark -> Nullable<Text>,
        created_at -> Timestamp,
        purge_on -> Nullable<Date>,
    }
}

diesel::table! {
    recovery_code (id) {
        id -> BigInt,
        staff_id -> BigInt,
        code_mac -> Text,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    welcome_link (key_hash) {
        key_hash -> Text,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    coordinator (id) {
        id -> BigInt,
        unit_id -> BigInt,
        staff_id -> BigInt,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    people_edition (id) {
        id -> BigInt,
        no -> BigInt,
    }
}

diesel::table! {
    saved_view (id) {
        id -> BigInt,
        staff_id -> BigInt,
        name -> Text,
        query -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    letter (id) {
        id -> BigInt,
        receipt_code -> Text,
        secret_mac -> Text,
        submission_key -> Nullable<Text>,
        channel -> Text,
        state -> Text,
        fiscal_year -> BigInt,
        register_no -> Nullable<BigInt>,
        written_on -> Nullable<Date>,
        postmarked_on -> Nullable<Date>,
        collected_on -> Nullable<Date>,
        box_location -> Nullable<Text>,
        received_on -> Date,
        server_received_at -> Timestamp,
        registered_at -> Nullable<Timestamp>,
        read_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        entered_by -> Nullable<BigInt>,
        checked_by -> Nullable<BigInt>,
        checked_at -> Nullable<Timestamp>,
        subject -> Text,
        body_original -> Text,
        body_working -> Nullable<Text>,
        language -> Text,
        place_text -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
        reply_wanted -> Bool,
        reply_via -> Nullable<Text>,
        publish_ok -> Bool,
        age_band -> Nullable<Text>,
        district -> Nullable<Text>,
        relation -> Text,
        anonymous -> Bool,
        party_id -> Nullable<Text>,
        text_exact -> Text,
        text_key -> Text,
        follow_up_of -> Nullable<BigInt>,
        indexed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    matter (id) {
        id -> BigInt,
        letter_id -> BigInt,
        no -> BigInt,
        title -> Text,
        kind -> Nullable<Text>,
        state -> Text,
        resume_state -> Nullable<Text>,
        owning_unit_id -> Nullable<BigInt>,
        drafter_id -> Nullable<BigInt>,
        reply_needed -> Bool,
        received_on -> Date,
        statutory_due_on -> Date,
        target_due_on -> Date,
        extended_due_on -> Nullable<Date>,
        due_on -> Date,
        outcome -> Nullable<Text>,
        reason -> Nullable<Text>,
        reason_note -> Nullable<Text>,
        passed_to -> Nullable<Text>,
        follow_up_of -> Nullable<BigInt>,
        circulated_at -> Nullable<Timestamp>,
        assigned_at -> Nullable<Timestamp>,
        replied_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    matter_field (matter_id, field) {
        matter_id -> BigInt,
        field -> Text,
    }
}

diesel::table! {
    matter_joint_unit (matter_id, unit_id) {
        matter_id -> BigInt,
        unit_id -> BigInt,
        part -> Nullable<Text>,
        written_by -> Nullable<BigInt>,
        written_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    circulation (id) {
        id -> BigInt,
        matter_id -> BigInt,
        staff_id -> BigInt,
        sent_by -> BigInt,
        sent_at -> Timestamp,
        seen_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    exchange (id) {
        id -> BigInt,
        letter_id -> BigInt,
        matter_id -> Nullable<BigInt>,
        kind -> Text,
        body -> Text,
        staff_id -> Nullable<BigInt>,
        submission_key -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    feedback (matter_id) {
        matter_id -> BigInt,
        helped -> Bool,
        comment -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    attachment (id) {
        id -> Text,
        letter_id -> Nullable<BigInt>,
        upload_key -> Nullable<Text>,
        purpose -> Text,
        state -> Text,
        name_original -> Text,
        name_shown -> Text,
        size -> BigInt,
        declared_type -> Text,
        detected_type -> Text,
        sha256 -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    approval_class (code) {
        code -> Text,
        label -> Text,
        mark -> Text,
        subject_kind -> Text,
        sort -> BigInt,
    }
}

diesel::table! {
    approval_route_step (class_code, no) {
        class_code -> Text,
        no -> BigInt,
        kind -> Text,
        role -> Text,
        unit_rule -> Text,
    }
}

diesel::table! {
    approval (id) {
        id -> BigInt,
        subject_kind -> Text,
        subject_id -> BigInt,
        matter_id -> BigInt,
        letter_id -> BigInt,
        class_code -> Text,
        content_hash -> Text,
        title -> Text,
        state -> Text,
        drafted_by -> BigInt,
        author_id -> BigInt,
        drafted_at -> Timestamp,
        decided_by -> Nullable<BigInt>,
        decided_as -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        executed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    approval_step (id) {
        id -> BigInt,
        approval_id -> BigInt,
        no -> BigInt,
        kind -> Text,
        unit_id -> Nullable<BigInt>,
        role -> Text,
        state -> Text,
        staff_id -> Nullable<BigInt>,
        acted_as -> Nullable<Text>,
        absent_id -> Nullable<BigInt>,
        role_then -> Nullable<Text>,
        comment -> Nullable<Text>,
        acted_at -> Nullable<Timestamp>,
        seen_later_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    reply (id) {
        id -> BigInt,
        matter_id -> BigInt,
        kind -> Text,
        via -> Text,
        state -> Text,
        current_no -> BigInt,
        created_by -> BigInt,
        created_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    reply_version (id) {
        id -> BigInt,
        reply_id -> BigInt,
        no -> BigInt,
        subject -> Text,
        body -> Text,
        expected_on -> Nullable<Date>,
        content_hash -> Text,
        author_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> Text,
        message_id -> Text,
        kind -> Text,
        letter_id -> Nullable<BigInt>,
        matter_id -> Nullable<BigInt>,
        dispatch_id -> Nullable<BigInt>,
        sealed -> Binary,
        seal_key_id -> BigInt,
        content_hash -> Nullable<Text>,
        state -> Text,
        attempts -> BigInt,
        next_at -> Timestamp,
        last_error -> Nullable<Text>,
        server_reply -> Nullable<Text>,
        created_at -> Timestamp,
        claimed_at -> Nullable<Timestamp>,
        sent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    dispatch (id) {
        id -> BigInt,
        approval_id -> BigInt,
        reply_version_id -> BigInt,
        content_hash -> Text,
        via -> Text,
        sent_by -> BigInt,
        at -> Timestamp,
    }
}

diesel::table! {
    publication (id) {
        id -> BigInt,
        matter_id -> BigInt,
        state -> Text,
        current_no -> BigInt,
        kind -> Text,
        fields -> Text,
        outcome -> Text,
        correction_note -> Nullable<Text>,
        name_left -> Bool,
        proposed_by -> BigInt,
        proposed_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_reason -> Nullable<Text>,
        ended_note -> Nullable<Text>,
        ended_by -> Nullable<BigInt>,
        version -> BigInt,
    }
}

diesel::table! {
    publication_part (publication_id, part) {
        publication_id -> BigInt,
        part -> Text,
        original -> Text,
        rewritten -> Nullable<Text>,
    }
}

diesel::table! {
    mask_span (id) {
        id -> BigInt,
        publication_id -> BigInt,
        part -> Text,
        starts -> BigInt,
        ends -> BigInt,
        reason -> Text,
        note -> Nullable<Text>,
        source -> Text,
        state -> Text,
        decided_by -> Nullable<BigInt>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    publication_version (id) {
        id -> BigInt,
        publication_id -> BigInt,
        no -> BigInt,
        title -> Text,
        voice_text -> Text,
        gist -> Bool,
        answer_text -> Text,
        unit_name -> Text,
        unit_phone -> Nullable<Text>,
        kind -> Text,
        fields -> Text,
        outcome -> Text,
        received_on -> Date,
        replied_on -> Nullable<Date>,
        answered_sender -> Bool,
        correction_note -> Nullable<Text>,
        content_hash -> Text,
        masked_by -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    publication_release (id) {
        id -> BigInt,
        version_id -> BigInt,
        publication_id -> BigInt,
        no -> BigInt,
        published_on -> Date,
        released_by -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    voice (id) {
        id -> BigInt,
        seq -> BigInt,
        version_id -> BigInt,
        version_no -> BigInt,
        title -> Text,
        voice_text -> Text,
        gist -> Bool,
        answer_text -> Text,
        unit_name -> Text,
        unit_phone -> Nullable<Text>,
        kind -> Text,
        fields -> Text,
        outcome -> Text,
        fiscal_year -> BigInt,
        received_on -> Date,
        replied_on -> Nullable<Date>,
        answered_sender -> Bool,
        published_on -> Date,
        corrected_on -> Nullable<Date>,
        correction_note -> Nullable<Text>,
        content_hash -> Text,
    }
}

diesel::table! {
    voice_field (field, seq) {
        field -> Text,
        seq -> BigInt,
    }
}

diesel::table! {
    voice_tally (field, fiscal_year, kind) {
        field -> Text,
        fiscal_year -> BigInt,
        kind -> Text,
        number -> BigInt,
    }
}

diesel::table! {
    public_edition (id) {
        id -> BigInt,
        no -> BigInt,
    }
}

diesel::table! {
    letter_seal (letter_id) {
        letter_id -> BigInt,
        trail_no -> BigInt,
        digests -> Text,
    }
}

diesel::table! {
    letter_seal_progress (id) {
        id -> BigInt,
        trail_no -> BigInt,
    }
}

diesel::table! {
    digest_sent (staff_id, day) {
        staff_id -> BigInt,
        day -> Date,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    trail,
    trail_link,
    trail_check,
    unit,
    staff,
    posting,
    absence,
    staff_session,
    sign_in_failure,
    seal_key,
    party,
    recovery_code,
    welcome_link,
    coordinator,
    people_edition,
    saved_view,
    letter,
    letter_seal,
    letter_seal_progress,
    matter,
    matter_field,
    matter_joint_unit,
    circulation,
    exchange,
    feedback,
    attachment,
    approval_class,
    approval_route_step,
    approval,
    approval_step,
    reply,
    reply_version,
    outbox,
    dispatch,
    publication,
    publication_part,
    mask_span,
    publication_version,
    publication_release,
    voice,
    voice_field,
    voice_tally,
    public_edition,
    digest_sent,
);
