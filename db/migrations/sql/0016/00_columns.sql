-- What was loaded as history says so: documents and holds as postings do.
ALTER TABLE document ADD COLUMN loaded BOOLEAN DEFAULT false NOT NULL;
ALTER TABLE hold ADD COLUMN loaded BOOLEAN DEFAULT false NOT NULL;
