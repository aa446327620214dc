package config

// Settings returns the names of Tocsin's own settings.
func Settings() []string { return append(globalSettings(), sharedSettings()...) }

// IsReserved reports whether an instance may not have the name.
func IsReserved(name string) bool { return isReserved(name) }
