"""Reports for `build_report` and `daily_report`.

history    what ran in a range of days, in figures
csv_table  a report as CSV
pdf        a report as PDF
"""
