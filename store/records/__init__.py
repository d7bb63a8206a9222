"""The relational side: all tables, one file a domain, and the audit chain. Functions take an open `Connection` first."""
