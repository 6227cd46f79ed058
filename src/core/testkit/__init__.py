"""For tests of Socle and of its extensions: fakes, builders and conformance suites."""
