"""The only modules that use private names of Engine.IO."""
