-- What a scanned code may name: a batch, a material, a piece.
CREATE INDEX ix_line_batch_number ON line (line_set_id, (data ->> 'batch_number'));
CREATE INDEX ix_line_material ON line (line_set_id, (data ->> 'material'));
CREATE INDEX ix_line_serials ON line USING gin ((data -> 'serials') jsonb_path_ops) WITH (fastupdate = off);

-- What is counted after every scan.
CREATE INDEX ix_line_result_first ON line_result (task_id) WHERE supersedes_id IS NULL;
CREATE INDEX ix_scan_matched ON scan (task_id, line_no) INCLUDE (quantity) WHERE verdict = 'matched';
CREATE INDEX ix_scan_undo ON scan (task_id) WHERE verdict = 'undo';
CREATE INDEX ix_scan_serial ON scan (task_id, (parsed ->> 'serial')) WHERE verdict = 'matched';
