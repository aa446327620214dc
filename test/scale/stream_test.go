package scale_test

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// publication is one event: a finding as it is published at a time.
type publication struct {
	serial, finding       int
	account               int
	findingType           string
	severity              float64
	count                 int
	created, updated      time.Time
	actor                 int // of the actor's address; -1 for none
	isOver, isBack, isNew bool
	hasRisen              bool // to another level since the one before
}

const (
	accounts = 500
	// perDay is how many findings begin on a day, as in "tocsin simulate": 0.2 for each account.
	perDay = accounts / 5
	// threshold is the one that is deployed.
	threshold = 4.0
)

// sort is a sort of finding, as in "tocsin simulate".
type sort struct {
	findingType string
	severity    float64
	isRemote    bool
}

func sorts() []sort {
	return []sort{
		{"Recon:EC2/PortProbeUnprotectedPort", 2, true}, {"Recon:EC2/PortProbeUnprotectedPort", 2, true},
		{"UnauthorizedAccess:EC2/SSHBruteForce", 2, true}, {"Policy:IAMUser/RootCredentialUsage", 2, false},
		{"Policy:S3/BucketBlockPublicAccessDisabled", 2, false}, {"Recon:IAMUser/TorIPCaller", 5, true},
		{"UnauthorizedAccess:IAMUser/ConsoleLoginSuccess.B", 5, false}, {"Discovery:S3/AnomalousBehavior", 5, false},
		{"Execution:Runtime/NewBinaryExecuted", 5, false}, {"UnauthorizedAccess:EC2/MaliciousIPCaller.Custom", 5, true},
		{"CryptoCurrency:EC2/BitcoinTool.B!DNS", 8, false}, {"Trojan:EC2/DNSDataExfiltration", 8, false},
	}
}

// stream makes publications in the order of their time, as "tocsin simulate --profile steady" does, with three differences: a third
// of the accounts publishes each 15 minutes, a third each hour and a third each 6 hours, as GuardDuty lets them choose; one
// finding in fifty gets worse; and four in ten are archived in the end, of which one in twenty opens again.
type stream struct {
	rng    *rand.Rand
	open   episodes
	begins time.Time // when the next finding begins
	serial int
	made   int // findings
}

func newStream(begins time.Time) *stream {
	return &stream{rng: rand.New(rand.NewPCG(1, 1)), begins: begins}
}

// episode is a finding that goes on.
type episode struct {
	next publication
	end  time.Time
	kind sort
}

// episodes is a heap: the one that publishes next is first.
type episodes []*episode

// Len implements heap.Interface.
func (h episodes) Len() int { return len(h) }

// Less implements heap.Interface.
func (h episodes) Less(i, j int) bool { return h[i].next.updated.Before(h[j].next.updated) }

// Swap implements heap.Interface.
func (h episodes) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *episodes) Push(x any) { *h = append(*h, x.(*episode)) }

// Pop implements heap.Interface.
func (h *episodes) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// next returns the next publication.
func (s *stream) next() publication {
	for len(s.open) == 0 || s.begins.Before(s.open[0].next.updated) {
		heap.Push(&s.open, s.begin())
		s.begins = s.begins.Add(time.Duration(s.rng.ExpFloat64() * float64(24*time.Hour) / perDay))
	}
	e := s.open[0]
	p := e.next
	p.serial = s.serial
	s.serial++
	if s.goOn(e, p) {
		heap.Fix(&s.open, 0)
	} else {
		heap.Pop(&s.open)
	}
	return p
}

func (s *stream) begin() *episode {
	kind := sorts()[s.rng.IntN(len(sorts()))]
	e := &episode{kind: kind, end: s.begins.Add(s.length())}
	e.next = publication{
		finding: s.made, account: s.rng.IntN(accounts), findingType: kind.findingType, severity: kind.severity, count: 1,
		created: s.begins, updated: s.begins, isNew: true, actor: s.actor(kind),
	}
	s.made++
	return e
}

// length returns how long a finding goes on: most end at once, some after days.
func (s *stream) length() time.Duration {
	switch p := s.rng.Float64(); {
	case p < 0.6:
		return 0
	case p < 0.9:
		return time.Duration(2+s.rng.IntN(5)) * time.Hour
	default:
		return time.Duration(24+s.rng.IntN(49)) * time.Hour
	}
}

func (s *stream) actor(kind sort) int {
	if !kind.isRemote {
		return -1
	}
	return s.rng.IntN(250)
}

// goOn prepares the publication of a finding that comes after one, and reports whether there is one.
func (s *stream) goOn(e *episode, last publication) bool {
	every := []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour}[last.account%3]
	n := last
	n.isNew, n.isOver, n.isBack, n.hasRisen, n.updated = false, false, false, false, last.updated.Add(every)
	switch isLast := n.updated.After(e.end); {
	case last.isOver && s.rng.IntN(20) == 0:
		n.isBack, n.updated = true, last.updated.Add(24*time.Hour)
	case last.isOver || last.isBack:
		return false
	case isLast && s.rng.IntN(10) < 4:
		n.isOver = true
	case isLast:
		return false
	case last.severity < 8 && s.rng.IntN(50) == 0:
		n.severity, n.hasRisen = last.severity+3, true
	}
	if !n.isOver {
		n.count += 1 + s.rng.IntN(5)
		n.actor = s.actor(e.kind)
	}
	e.next = n
	return true
}

// mark is what a publication is known by in each message about it.
func mark(serial int) string { return fmt.Sprintf("p%09d", serial) }

// event returns the publication as EventBridge hands it over.
func (p publication) event() string {
	remote := ""
	if p.actor >= 0 {
		remote = fmt.Sprintf(`,"remoteIpDetails":{"ipAddressV4":"198.51.100.%d","country":{"countryName":"Utopia"},"organization":{"asn":"64496","asnOrg":"Example"}}`, p.actor)
	}
	updated := p.updated.UTC().Format("2006-01-02T15:04:05.000Z")
	return fmt.Sprintf(`{"version":"0","id":"e-%[1]s","source":"aws.guardduty","detail-type":"GuardDuty Finding","account":"%012[2]d","region":"eu-west-1",
"time":%[3]q,"resources":[],"detail":{"schemaVersion":"2.0","accountId":"%012[2]d","region":"eu-west-1","partition":"aws","id":"%032[4]x",
"arn":"arn:aws:guardduty:eu-west-1:%012[2]d:detector/d0d0/finding/%032[4]x","type":%[5]q,
"resource":{"resourceType":"Instance","instanceDetails":{"instanceId":"i-%017[4]x","instanceType":"m5.large","availabilityZone":"eu-west-1a",
"launchTime":"2026-01-01T00:00:00Z","imageId":"ami-0123456789abcdef0","tags":[{"key":"team","value":"shop"},{"key":"stage","value":"prod"}],
"networkInterfaces":[{"networkInterfaceId":"eni-0123456789abcdef0","privateIpAddress":"10.0.0.1","subnetId":"subnet-0123456789abcdef0","vpcId":"vpc-0123456789abcdef0",
"securityGroups":[{"groupName":"default","groupId":"sg-0123456789abcdef0"}]}]}},
"service":{"serviceName":"guardduty","detectorId":"d0d0","action":{"actionType":"NETWORK_CONNECTION","networkConnectionAction":{"connectionDirection":"INBOUND",
"protocol":"TCP","blocked":false,"localPortDetails":{"port":22,"portName":"SSH"}%[6]s}},"resourceRole":"TARGET","additionalInfo":{},
"eventFirstSeen":%[7]q,"eventLastSeen":%[3]q,"archived":%[8]t,"count":%[9]d},"severity":%[10]v,"createdAt":%[7]q,"updatedAt":%[3]q,
"title":"%[1]s: an instance does what it should not","description":"The instance i-%017[4]x does what it should not."}}`,
		mark(p.serial), p.account+1, updated, p.finding, p.findingType, remote, p.created.UTC().Format("2006-01-02T15:04:05.000Z"), p.isOver, p.count, p.severity)
}

// record is a message of SQS as Lambda hands it over.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type record struct {
	MessageID   string            `json:"messageId"`
	Receipt     string            `json:"receiptHandle"`
	Body        string            `json:"body"`
	Attributes  map[string]string `json:"attributes"`
	Own         struct{}          `json:"messageAttributes"`
	MD5         string            `json:"md5OfBody"`
	EventSource string            `json:"eventSource"`
	QueueARN    string            `json:"eventSourceARN"`
	Region      string            `json:"awsRegion"`
}

const queueARN = "arn:aws:sqs:us-east-1:111122223333:scale"

// newRecord returns a record. Its id is its receipt too.
func newRecord(id, body string, receives int) record {
	return record{
		MessageID: id, Receipt: id, Body: body, MD5: "e4e68fb7bd0e697a0ae8f1bb342846b3", EventSource: "aws:sqs", QueueARN: queueARN, Region: "us-east-1",
		Attributes: map[string]string{
			"ApproximateReceiveCount": fmt.Sprint(receives), "SentTimestamp": "1764400000000", "SenderId": "AIDAEXAMPLE", "ApproximateFirstReceiveTimestamp": "1764400000001",
		},
	}
}

// payload returns the batch of records.
func payload(records []record) []byte {
	text, err := json.Marshal(struct{ Records []record }{records})
	if err != nil {
		panic(err) // texts have a JSON form
	}
	return text
}

// kept returns the ids of the records that an answer keeps.
func kept(body []byte) (ids []string, err error) {
	var answer struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("the answer is no JSON: %w", err)
	}
	for _, failure := range answer.BatchItemFailures {
		ids = append(ids, failure.ItemIdentifier)
	}
	return ids, nil
}
