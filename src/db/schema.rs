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
        indexed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    letter_paper (letter_id) {
        letter_id -> BigInt,
        written_on -> Nullable<Date>,
        postmarked_on -> Nullable<Date>,
        collected_on -> Nullable<Date>,
        box_location -> Nullable<Text>,
    }
}

diesel::table! {
    letter_place (letter_id) {
        letter_id -> BigInt,
        words -> Nullable<Text>,
        lat -> Nullable<Double>,
        lon -> Nullable<Double>,
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
        reason -> Nullable<Text>,
        signature -> Nullable<Text>,
        scanned_at -> Nullable<Timestamp>,
        scan_tries -> BigInt,
        content_id -> Nullable<Text>,
        copy_kind -> Nullable<Text>,
        copy_type -> Nullable<Text>,
        copy_size -> Nullable<BigInt>,
        copy_sha256 -> Nullable<Text>,
        copy_tries -> BigInt,
        submission_id -> Nullable<BigInt>,
        paper_version_id -> Nullable<BigInt>,
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
        matter_id -> Nullable<BigInt>,
        letter_id -> Nullable<BigInt>,
        consultation_id -> Nullable<BigInt>,
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

diesel::table! {
    mail_stop (mark) {
        mark -> Text,
        reason -> Text,
        outbox_id -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    mail_automatic (outbox_id) {
        outbox_id -> Text,
        occasion -> Text,
        address_mark -> Text,
        domain_mark -> Text,
        letter_id -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    mail_return (id) {
        id -> BigInt,
        outbox_id -> Text,
        kind -> Text,
        status -> Nullable<Text>,
        said -> Text,
        at -> Timestamp,
        settled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    mail_freeze (letter_id) {
        letter_id -> BigInt,
        reason -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    party_mark (party_id) {
        party_id -> Text,
        whole -> Text,
    }
}

diesel::table! {
    incoming (id) {
        id -> Text,
        source -> Text,
        account -> Text,
        received_at -> Timestamp,
        received_on -> Date,
        size -> BigInt,
        sha256 -> Text,
        envelope -> Binary,
        raw -> Nullable<Binary>,
        in_file -> Bool,
        seal_key_id -> BigInt,
        state -> Text,
        reason -> Nullable<Text>,
        attempts -> BigInt,
        placed_at -> Nullable<Timestamp>,
        content_key -> Nullable<Text>,
        message_mark -> Nullable<Text>,
        sender_mark -> Nullable<Text>,
        summary -> Nullable<Binary>,
        summary_key_id -> Nullable<BigInt>,
        letter_id -> Nullable<BigInt>,
        exchange_id -> Nullable<BigInt>,
        mail_id -> Nullable<Text>,
        duplicate_of -> Nullable<Text>,
        standing -> Nullable<Text>,
        flags -> Text,
        spam_score -> Nullable<Double>,
        settled_at -> Nullable<Timestamp>,
        settled_by -> Nullable<BigInt>,
        begun_by -> Nullable<Text>,
        begun_until -> Nullable<Timestamp>,
        submission_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    incoming_bounce (incoming_id) {
        incoming_id -> Text,
        hard -> Bool,
        status -> Nullable<Text>,
    }
}

diesel::table! {
    incoming_place (account, folder, uidvalidity, uid) {
        account -> Text,
        folder -> Text,
        uidvalidity -> BigInt,
        uid -> BigInt,
        incoming_id -> Text,
    }
}

diesel::table! {
    mail_channel (name) {
        name -> Text,
        kind -> Text,
        alarm_minutes -> Nullable<BigInt>,
        in_use -> Bool,
        watched_since -> Timestamp,
        worked_at -> Nullable<Timestamp>,
        failing_since -> Nullable<Timestamp>,
        trouble -> Nullable<Text>,
    }
}

diesel::table! {
    consultation (id) {
        id -> BigInt,
        state -> Text,
        decision -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        reconsult_id -> Nullable<BigInt>,
        title -> Text,
        draft_label -> Text,
        unit_id -> BigInt,
        contact -> Text,
        basis -> Text,
        summary -> Text,
        plain_summary -> Text,
        background -> Text,
        prenotice_on -> Nullable<Date>,
        noticed_on -> Nullable<Date>,
        opens_on -> Nullable<Date>,
        closes_on -> Nullable<Date>,
        closing_on -> Nullable<Date>,
        min_days -> BigInt,
        short_reason -> Text,
        grace_seconds -> BigInt,
        senders -> Text,
        count_incomplete -> Bool,
        result_terms -> Text,
        originals_place -> Text,
        decision_planned_on -> Nullable<Date>,
        current_no -> BigInt,
        flood -> Text,
        created_by -> BigInt,
        created_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    consultation_version (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        no -> BigInt,
        content -> Text,
        content_hash -> Text,
        change_note -> Nullable<Text>,
        author_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    consultation_release (id) {
        id -> BigInt,
        version_id -> BigInt,
        consultation_id -> BigInt,
        no -> BigInt,
        released_by -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    paper (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        sort -> BigInt,
        kind -> Text,
        title -> Text,
        access_note -> Text,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    paper_version (id) {
        id -> BigInt,
        paper_id -> BigInt,
        no -> BigInt,
        stage -> Text,
        content_hash -> Text,
        paragraphs -> BigInt,
        created_by -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    paper_paragraph (paper_version_id, no) {
        paper_version_id -> BigInt,
        no -> BigInt,
        code -> Text,
        kind -> Text,
        level -> BigInt,
        place -> Text,
        body -> Text,
    }
}

diesel::table! {
    paper_import (id) {
        id -> Text,
        paper_id -> BigInt,
        stage -> Text,
        source -> Text,
        file_name -> Text,
        paragraphs -> Text,
        warnings -> Text,
        created_by -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    consultation_channel (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        kind -> Text,
        address -> Text,
        deadline_kind -> Text,
        note -> Text,
    }
}

diesel::table! {
    consultation_place (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        sort -> BigInt,
        unit_id -> Nullable<BigInt>,
        name -> Text,
        hours -> Text,
    }
}

diesel::table! {
    consultation_event (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        kind -> Text,
        from_at -> Timestamp,
        to_at -> Nullable<Timestamp>,
        new_closes_on -> Nullable<Date>,
        reason -> Text,
        content_hash -> Text,
        author_id -> BigInt,
        created_at -> Timestamp,
        published_at -> Nullable<Timestamp>,
        published_by -> Nullable<BigInt>,
        withdrawn_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    preview_link (key_hash) {
        key_hash -> Text,
        consultation_id -> BigInt,
        note -> Text,
        created_by -> BigInt,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    period_mark (consultation_id, what, on_day) {
        consultation_id -> BigInt,
        what -> Text,
        on_day -> Date,
        at -> Timestamp,
    }
}

diesel::table! {
    submission (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        receipt_code -> Text,
        secret_mac -> Text,
        submission_key -> Nullable<Text>,
        channel -> Text,
        state -> Text,
        missing -> Text,
        state_reason -> Nullable<Text>,
        received_on -> Date,
        postmarked_on -> Nullable<Date>,
        received_at -> Timestamp,
        written_on -> Nullable<Date>,
        entered_by -> Nullable<BigInt>,
        checked_by -> Nullable<BigInt>,
        checked_at -> Nullable<Timestamp>,
        text_original -> Text,
        text_exact -> Text,
        text_key -> Text,
        relation -> Text,
        anonymous -> Bool,
        party_id -> Nullable<Text>,
        sender_mark -> Nullable<Text>,
        org_publish_ok -> Bool,
        confirmed_at -> Nullable<Timestamp>,
        disputed_at -> Nullable<Timestamp>,
        letter_id -> Nullable<BigInt>,
        itemised_at -> Nullable<Timestamp>,
        version -> BigInt,
        resume_state -> Nullable<Text>,
        extended_by -> Nullable<BigInt>,
        indexed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    submission_point (submission_id, no) {
        submission_id -> BigInt,
        no -> BigInt,
        paper_id -> Nullable<BigInt>,
        paragraph -> Nullable<Text>,
        target -> Text,
        opinion -> Text,
        reason -> Text,
        text_exact -> Text,
        text_key -> Text,
    }
}

diesel::table! {
    answer_chapter (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        sort -> BigInt,
        name -> Text,
        unit_id -> BigInt,
        current_no -> BigInt,
        version -> BigInt,
        paper_id -> Nullable<BigInt>,
        heading -> Nullable<Text>,
        approved_no -> Nullable<BigInt>,
    }
}

diesel::table! {
    city_view (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        chapter_id -> BigInt,
        sort -> BigInt,
        outcome -> Nullable<Text>,
        body -> Text,
        reason -> Text,
        changed_place -> Text,
        old_text -> Text,
        new_text -> Text,
        unit_id -> Nullable<BigInt>,
        author_id -> Nullable<BigInt>,
        updated_at -> Timestamp,
        removed_at -> Nullable<Timestamp>,
        version -> BigInt,
        changed_paper_id -> Nullable<BigInt>,
        changed_paragraph -> Nullable<Text>,
    }
}

diesel::table! {
    opinion_group (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        chapter_id -> Nullable<BigInt>,
        paper_id -> Nullable<BigInt>,
        paragraph -> Nullable<Text>,
        sort -> BigInt,
        gist -> Text,
        settled -> Bool,
        view_id -> Nullable<BigInt>,
        merged_into -> Nullable<BigInt>,
        made_by -> Nullable<BigInt>,
        made_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    opinion_item (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        submission_id -> BigInt,
        point_no -> BigInt,
        start_char -> BigInt,
        end_char -> BigInt,
        paper_id -> Nullable<BigInt>,
        paragraph -> Nullable<Text>,
        text_exact -> Text,
        text_key -> Text,
        group_id -> Nullable<BigInt>,
        withheld -> Nullable<Text>,
        withheld_note -> Text,
        removed_at -> Nullable<Timestamp>,
        made_by -> Nullable<BigInt>,
        made_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    subscription (id) {
        id -> Text,
        consultation_id -> Nullable<BigInt>,
        party_id -> Nullable<Text>,
        address_mark -> Nullable<Text>,
        created_at -> Timestamp,
        confirmed_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    subscription_event (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        kind -> Text,
        mark -> Text,
        at -> Timestamp,
        told_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    subscription_mail (event_id, address_mark) {
        event_id -> BigInt,
        address_mark -> Text,
        subscription_id -> Text,
        outbox_id -> Nullable<Text>,
        at -> Timestamp,
    }
}

diesel::table! {
    consultation_flood (consultation_id) {
        consultation_id -> BigInt,
        slowing -> Bool,
        since -> Timestamp,
        last_minute -> BigInt,
        last_ten -> BigInt,
    }
}

diesel::table! {
    sorting_act (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        kind -> Text,
        made_by -> Nullable<BigInt>,
        made_at -> Timestamp,
        group_id -> Nullable<BigInt>,
        submission_id -> Nullable<BigInt>,
        items -> BigInt,
        undoes -> Nullable<BigInt>,
        undone_by -> Nullable<BigInt>,
    }
}

diesel::table! {
    sorting_move (act_id, item_id) {
        act_id -> BigInt,
        item_id -> BigInt,
        from_group -> Nullable<BigInt>,
        from_withheld -> Nullable<Text>,
        from_note -> Text,
        from_removed -> Bool,
        from_paper -> Nullable<BigInt>,
        from_paragraph -> Nullable<Text>,
        to_group -> Nullable<BigInt>,
        to_withheld -> Nullable<Text>,
        to_note -> Text,
        to_removed -> Bool,
        to_paper -> Nullable<BigInt>,
        to_paragraph -> Nullable<Text>,
    }
}

diesel::table! {
    sorting_change (act_id, group_id) {
        act_id -> BigInt,
        group_id -> BigInt,
        from_gist -> Text,
        from_settled -> Bool,
        from_paper -> Nullable<BigInt>,
        from_paragraph -> Nullable<Text>,
        from_chapter -> Nullable<BigInt>,
        from_merged -> Nullable<BigInt>,
        to_gist -> Text,
        to_settled -> Bool,
        to_paper -> Nullable<BigInt>,
        to_paragraph -> Nullable<Text>,
        to_chapter -> Nullable<BigInt>,
        to_merged -> Nullable<BigInt>,
    }
}

diesel::table! {
    likeness_run (consultation_id) {
        consultation_id -> BigInt,
        state -> Text,
        stale -> Bool,
        texts_done -> BigInt,
        texts_all -> BigInt,
        shown_no -> BigInt,
        next_no -> BigInt,
        holder -> Nullable<Text>,
        held_until -> Nullable<Timestamp>,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    likeness_suggestion (consultation_id, run_no, text_key) {
        consultation_id -> BigInt,
        run_no -> BigInt,
        text_key -> Text,
        model_key -> Text,
    }
}

diesel::table! {
    likeness_dismissal (consultation_id, text_key, other_key) {
        consultation_id -> BigInt,
        text_key -> Text,
        other_key -> Text,
        made_by -> BigInt,
        made_at -> Timestamp,
        act_id -> Nullable<BigInt>,
    }
}

diesel::table! {
    answer_chapter_version (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        chapter_id -> BigInt,
        no -> BigInt,
        content -> Text,
        content_hash -> Text,
        author_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    answer_chapter_writer (version_id, staff_id) {
        version_id -> BigInt,
        staff_id -> BigInt,
    }
}

diesel::table! {
    answer_act (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        kind -> Text,
        staff_id -> BigInt,
        at -> Timestamp,
        undone_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    answer_move (act_id, group_id) {
        act_id -> BigInt,
        group_id -> BigInt,
        from_chapter -> Nullable<BigInt>,
        from_view -> Nullable<BigInt>,
        to_chapter -> Nullable<BigInt>,
        to_view -> Nullable<BigInt>,
    }
}

diesel::table! {
    view_editor (view_id, staff_id) {
        view_id -> BigInt,
        staff_id -> BigInt,
        seen_at -> Timestamp,
    }
}

diesel::table! {
    answer_phrase (id) {
        id -> BigInt,
        name -> Text,
        body -> Text,
        removed_at -> Nullable<Timestamp>,
        version -> BigInt,
    }
}

diesel::table! {
    other_change (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        paper_id -> BigInt,
        paragraph -> Text,
        reason -> Text,
        author_id -> BigInt,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    result_draft (consultation_id) {
        consultation_id -> BigInt,
        decision -> Nullable<Text>,
        decided_on -> Nullable<Date>,
        decision_note -> Text,
        reconsult_id -> Nullable<BigInt>,
        final_place -> Text,
        originals_place -> Text,
        publish_on -> Nullable<Date>,
        change_note -> Text,
        version -> BigInt,
    }
}

diesel::table! {
    result_change (consultation_id, no) {
        consultation_id -> BigInt,
        no -> BigInt,
        place -> Text,
        old_text -> Text,
        new_text -> Text,
        reason -> Text,
    }
}

diesel::table! {
    result_promise (consultation_id, no) {
        consultation_id -> BigInt,
        no -> BigInt,
        body -> Text,
        due_on -> Date,
        report -> Text,
        reported_on -> Nullable<Date>,
    }
}

diesel::table! {
    result_mask (id) {
        id -> BigInt,
        item_id -> BigInt,
        start_byte -> BigInt,
        end_byte -> BigInt,
        hidden -> Bool,
        reason -> Text,
        made_by -> BigInt,
        made_at -> Timestamp,
        removed_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    result_version (id) {
        id -> BigInt,
        consultation_id -> BigInt,
        no -> BigInt,
        content -> Text,
        content_hash -> Text,
        source_hash -> Text,
        views -> BigInt,
        groups -> BigInt,
        items -> BigInt,
        from_state -> Text,
        publish_on -> Nullable<Date>,
        change_note -> Text,
        author_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::table! {
    result_view (version_id, no) {
        version_id -> BigInt,
        no -> BigInt,
        view_id -> BigInt,
        chapter -> Text,
        unit_name -> Text,
        outcome -> Text,
        body -> Text,
        reason -> Text,
        changed_place -> Text,
        old_text -> Text,
        new_text -> Text,
    }
}

diesel::table! {
    result_group (version_id, no) {
        version_id -> BigInt,
        no -> BigInt,
        group_id -> BigInt,
        view_no -> BigInt,
        chapter -> Text,
        paper_id -> Nullable<BigInt>,
        paragraph -> Nullable<Text>,
        place -> Text,
        gist -> Text,
        items -> BigInt,
        texts -> BigInt,
    }
}

diesel::table! {
    result_item (version_id, no) {
        version_id -> BigInt,
        no -> BigInt,
        item_id -> BigInt,
        submission_id -> BigInt,
        group_no -> Nullable<BigInt>,
        withheld -> Nullable<Text>,
        withheld_note -> Text,
        paragraph -> Nullable<Text>,
        place -> Text,
        org_name -> Text,
        body -> Text,
    }
}

diesel::table! {
    result_release (id) {
        id -> BigInt,
        version_id -> BigInt,
        consultation_id -> BigInt,
        no -> BigInt,
        released_by -> Nullable<BigInt>,
        at -> Timestamp,
    }
}

diesel::table! {
    result_notice (consultation_id, mail_mark) {
        consultation_id -> BigInt,
        mail_mark -> Text,
        at -> Timestamp,
    }
}

diesel::table! {
    result_telling (consultation_id) {
        consultation_id -> BigInt,
        begun_at -> Timestamp,
        done_at -> Nullable<Timestamp>,
    }
}

/// Which tables stand in one query: left of the colon with each to its right. All with all would be nearly ten thousand
/// pairs, each to be proven free of contradiction at every compilation; a pair that is missing is an error that names it.
macro_rules! read_together {
    ($($left:ident: $($right:ident),+;)+) => {
        $($(diesel::allow_tables_to_appear_in_same_query!($left, $right);)+)+
    };
}

read_together! {
    trail: trail_link;
    unit: staff, posting, letter, matter, matter_joint_unit, reply, reply_version, dispatch, consultation, consultation_release, result_promise, result_release;
    staff: posting, absence, staff_session, coordinator, people_edition, letter, matter, matter_joint_unit, circulation, exchange, dispatch, publication, sorting_act, answer_act, view_editor;
    staff_session: people_edition;
    party: letter, submission;
    letter: letter_paper, letter_place, matter, publication, voice, incoming;
    letter_paper: letter_place;
    matter: matter_field, matter_joint_unit, circulation, reply, reply_version, dispatch, publication, voice;
    attachment: submission, opinion_item, opinion_group;
    approval_class: approval;
    approval: approval_step, reply_version, dispatch, result_version, result_release;
    reply: reply_version, dispatch;
    reply_version: dispatch;
    outbox: mail_return;
    publication: publication_version, voice;
    publication_version: publication_release, voice;
    incoming: incoming_bounce, incoming_place;
    consultation: consultation_release, consultation_channel, submission, answer_chapter, result_promise, result_release;
    paper: paper_version, paper_paragraph;
    paper_version: paper_paragraph;
    submission: opinion_item;
    submission_point: opinion_item;
    opinion_group: opinion_item;
    opinion_item: result_mask, result_item;
    subscription: subscription_mail;
    result_promise: result_release;
    result_version: result_release;
}
