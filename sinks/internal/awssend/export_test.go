package awssend

// Endpoint returns where the client sends requests, or "" where no region is known.
func (c *Client) Endpoint() string { return c.endpoint }
