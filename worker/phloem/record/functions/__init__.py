"""The Redis Functions that keep the record, in Lua."""
