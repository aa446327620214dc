package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/tocsin-sec/tocsin/pkg/config"
	"github.com/tocsin-sec/tocsin/pkg/pipeline"
)

// newMutes reads the mutes of the configuration. A secret is read when the first finding comes.
func newMutes(c config.Mutes, readFile func(name string) ([]byte, error)) (*pipeline.Mutes, error) {
	if c.File != "" {
		if readFile == nil {
			readFile = os.ReadFile
		}
		text, err := readFile(c.File)
		if withPath := new(fs.PathError); errors.As(err, &withPath) {
			err = withPath.Err
		}
		if err != nil {
			return nil, fmt.Errorf("MUTES: the file that it names cannot be read (%w); in Lambda it lies beside the bootstrap, where make build "+
				"BUNDLE=mutes.yaml puts it; on a laptop its path begins in the working folder", err)
		}
		c.Text = string(text)
	}
	return pipeline.NewMutes(c.Text, c.Secret)
}
