package guardduty

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// runtimeFact is one attribute, and the members of the context that it can stand in.
type runtimeFact struct {
	attribute string
	members   []string
}

// runtimeFacts is the table of what the context of a runtime finding says of the deed. The rest, such as
// memory regions and flags, tells a person nothing.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RuntimeContext.html
func runtimeFacts() []runtimeFact {
	return []runtimeFact{
		{finding.AttrCommand, []string{"commandLineExample"}},
		{finding.AttrTool, []string{"toolName", "toolCategory"}},
		{finding.AttrScript, []string{"scriptPath"}},
		{finding.AttrFile, []string{
			"threatFilePath", "filePath", "shellHistoryFilePath", "releaseAgentPath", "runcBinaryPath", "relatedFilePaths",
		}},
		{finding.AttrLibrary, []string{"libraryPath", "ldPreloadValue"}},
		{finding.AttrModule, []string{"moduleFilePath", "moduleName"}},
		{finding.AttrSocket, []string{"socketPath"}},
		{finding.AttrMount, []string{"mountSource", "mountTarget"}},
		{finding.AttrService, []string{"serviceName"}},
	}
}

// readRuntimeContext reads what the program did: the command line, the file that it loaded or changed, the
// process that it acted upon.
func readRuntimeContext(d lenient.Document) finding.Attributes {
	var attributes finding.Attributes
	for _, fact := range runtimeFacts() {
		attributes = attributes.With(fact.attribute, d.Text(fact.members...))
	}
	return attributes.
		With(finding.AttrTargetProcess, processName(d.Get("targetProcess"))).
		With(finding.AttrModifyingProcess, processName(d.Get("modifyingProcess")))
}

// processName gives "/usr/bin/sshd (pid 42)".
func processName(d lenient.Document) string {
	pid := d.Text("pid")
	if pid != "" {
		pid = "pid " + pid
	}
	return lenient.JoinWords(d.Text("executablePath", "name"), pid)
}
