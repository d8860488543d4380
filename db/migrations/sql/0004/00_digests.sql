-- A digest is 64 lower-case hexadecimal digits: what is compared as text is written in one way only.
ALTER TABLE attachment ADD CONSTRAINT ck_attachment_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE line_set ADD CONSTRAINT ck_line_set_root CHECK (root ~ '^[0-9a-f]{64}$');
ALTER TABLE run ADD CONSTRAINT ck_run_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE signature ADD CONSTRAINT ck_signature_content_sha256 CHECK (content_sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE sop_version ADD CONSTRAINT ck_sop_version_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$');
ALTER TABLE submission ADD CONSTRAINT ck_submission_content_hash CHECK (content_hash ~ '^[0-9a-f]{64}$');
ALTER TABLE task ADD CONSTRAINT ck_task_content_sha256 CHECK (content_sha256 ~ '^[0-9a-f]{64}$');
