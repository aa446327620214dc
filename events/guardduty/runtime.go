package guardduty

import (
	"github.com/tocsin-sec/tocsin/events/lenient"
	"github.com/tocsin-sec/tocsin/pkg/finding"
)

// readRuntimeContext reads what the program did: the command line, the file that it loaded or
// changed, the process that it acted upon. The rest, such as memory regions and flags, is of no use
// to a person.
// https://docs.aws.amazon.com/guardduty/latest/APIReference/API_RuntimeContext.html
func readRuntimeContext(d lenient.Document) finding.Attributes {
	var attributes finding.Attributes
	return attributes.
		With(finding.AttrCommand, d.Text("commandLineExample")).
		With(finding.AttrTool, d.Text("toolName", "toolCategory")).
		With(finding.AttrScript, d.Text("scriptPath")).
		With(finding.AttrFile, d.Text(
			"threatFilePath", "filePath", "shellHistoryFilePath", "releaseAgentPath", "runcBinaryPath", "relatedFilePaths",
		)).
		With(finding.AttrLibrary, d.Text("libraryPath", "ldPreloadValue")).
		With(finding.AttrModule, d.Text("moduleFilePath", "moduleName")).
		With(finding.AttrSocket, d.Text("socketPath")).
		With(finding.AttrMount, d.Text("mountSource", "mountTarget")).
		With(finding.AttrService, d.Text("serviceName")).
		With(finding.AttrTargetProcess, processName(d.Get("targetProcess"))).
		With(finding.AttrModifyingProcess, processName(d.Get("modifyingProcess")))
}

// processName returns "/usr/bin/sshd (pid 42)".
func processName(d lenient.Document) string {
	pid := d.Text("pid")
	if pid != "" {
		pid = "pid " + pid
	}
	return lenient.JoinWords(d.Text("executablePath", "name"), pid)
}
