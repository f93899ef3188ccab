"""The files of a segment: columns of postings, terms, numbers and texts, mapped into memory."""
