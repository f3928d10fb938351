"""The history, CSV and PDF of `build_report`."""
