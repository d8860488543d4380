-- The application role: no DDL, nothing but reading and adding on evidence, nothing but reading on what the ledger derives.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO xunji_app;
GRANT SELECT ON alembic_version TO xunji_app;

-- derived, or set by the owner alone
GRANT SELECT ON
  balance, clock_setting, movement_rule, serial_place
TO xunji_app;

-- evidence
GRANT SELECT, INSERT ON
  attachment, audit_event, document_change, line_result, move, move_serial, posting, scan, signature,
  sop_approval, submission, submission_verdict
TO xunji_app;

-- facts that never change
GRANT SELECT, INSERT ON
  attachment_body, line, line_set, serial
TO xunji_app;

GRANT SELECT, INSERT, UPDATE ON
  api_key, batch, calendar_day, credential, department, document, document_line, effect, hold,
  idempotency, legal_entity, licence, limit_profile, location, login_session, material, material_gtin,
  material_unit, notification, outbox, party, party_role, person, post, post_assignment, run, site,
  sop, sop_effectivity, sop_version, task, task_draft, task_performer, training_record, zone
TO xunji_app;

-- what is not a record of anything, and sets that a change of master data replaces (audited before and after)
GRANT DELETE ON
  idempotency, login_session, material_gtin, material_unit, party_role, task_draft
TO xunji_app;
