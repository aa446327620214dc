package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// sbom copies an SBOM, and leaves out the checksums of the tool that made it: they differ with the
// machine that the tool was compiled on, and say nothing of the program.
// https://cyclonedx.org/docs/1.6/json/#metadata_tools
func sbom(in io.Reader, out io.Writer) error {
	var document map[string]any
	if err := json.NewDecoder(in).Decode(&document); err != nil {
		return fmt.Errorf("the SBOM: %w", err)
	}
	metadata, _ := document["metadata"].(map[string]any)
	tools, _ := metadata["tools"].([]any)
	if len(tools) == 0 {
		return errors.New("the SBOM: it does not say which tool has made it")
	}
	for _, tool := range tools {
		if fields, ok := tool.(map[string]any); ok {
			delete(fields, "hashes")
		}
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(document); err != nil {
		return fmt.Errorf("writing the SBOM: %w", err)
	}
	return nil
}
