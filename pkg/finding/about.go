package finding

// About is what the source of a finding says of it beside the event: its own name, words and pages.
// It is made of the finding anew wherever that is read, and stored nowhere.
type About struct {
	// Product is the vendor's own spelling of who says so, such as "Security Hub"; empty for one
	// not known.
	Product string
	// Headlines name words for what the finding is about, the most exact first.
	Headlines []Headline
	// Links are pages about the finding.
	Links Links
	// IsWord says that the finding's type is a word that its source documents, and no text of
	// anybody else's.
	IsWord bool
	// Aliases are the names under which others may speak of the same finding: its ARN and id.
	Aliases []string
}

// Headline names words in the tables of words.
type Headline struct {
	// Key is the key of the words, With that of the word that a {} in them stands for.
	Key, With string
}

// Links are pages about a finding; what there is not is empty.
type Links struct {
	// Finding is the finding in its console, Findings the console's list that it stands in.
	Finding, Findings string
	// Native is the finding in the console of whoever has found it, where another source passes it
	// on.
	Native string
	// Type documents the finding's type, or where the type is not known, what types there are.
	Type string
}
