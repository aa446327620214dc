package organization_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/tocsin-sec/tocsin/cmd/tocsin/internal/organization"
)

// serve starts AWS Organizations with so many accounts; every third is in Workloads/Prod, every
// fifth suspended. The first requests are throttled.
func serve(t *testing.T, accounts, throttles int, refuses string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct{ NextToken, ChildID, OrganizationalUnitID string }
		body, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(body, &in)
		_, call, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		refuse := func(code string) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"__type":"`+code+`"}`)
		}
		switch {
		case throttles > 0:
			throttles--
			refuse("TooManyRequestsException")
		case refuses != "":
			refuse(refuses)
		case call == "ListAccounts":
			_ = json.NewEncoder(w).Encode(page(accounts, in.NextToken))
		case call == "ListParents":
			id, kind := "r-root", "ROOT"
			switch number, err := strconv.Atoi(in.ChildID); {
			case err == nil && number%3 == 0:
				id, kind = "ou-prod", "ORGANIZATIONAL_UNIT"
			case in.ChildID == "ou-prod":
				id, kind = "ou-workloads", "ORGANIZATIONAL_UNIT"
			}
			_, _ = fmt.Fprintf(w, `{"Parents":[{"Id":%q,"Type":%q}]}`, id, kind)
		case call == "DescribeOrganizationalUnit":
			_, _ = fmt.Fprintf(w, `{"OrganizationalUnit":{"Name":%q}}`, map[string]string{"ou-prod": "Prod", "ou-workloads": "Workloads"}[in.OrganizationalUnitID])
		}
	}))
	t.Cleanup(server.Close)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_ORGANIZATIONS": server.URL, "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": "",
		"AWS_PROFILE": "", "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
	} {
		t.Setenv(name, value)
	}
}

// page is at most 20 accounts, as AWS gives them.
func page(accounts int, token string) map[string]any {
	from, _ := strconv.Atoi(token)
	list := []map[string]string{}
	for i := from; i < min(from+20, accounts); i++ {
		status := "ACTIVE"
		if i%5 == 4 {
			status = "SUSPENDED"
		}
		list = append(list, map[string]string{"Id": fmt.Sprintf("%012d", i), "Name": fmt.Sprint("account ", i), "Status": status})
	}
	answer := map[string]any{"Accounts": list}
	if from+20 < accounts {
		answer["NextToken"] = strconv.Itoa(from + 20)
	}
	return answer
}

func TestAccounts(t *testing.T) {
	serve(t, 47, 2, "")
	all, err := organization.Accounts(t.Context(), false)
	if err != nil || len(all) != 47 {
		t.Fatalf("%d accounts, %v", len(all), err)
	}
	if want := (organization.Account{ID: "000000000004", Name: "account 4"}); all[4] != want || !all[3].IsActive || all[3].Path != "" {
		t.Errorf("got %+v, %+v", all[3], all[4])
	}
	all, err = organization.Accounts(t.Context(), true)
	if err != nil || all[3].Path != "Workloads/Prod" || all[1].Path != "" {
		t.Errorf("got %+v, %+v, %v", all[1], all[3], err)
	}
}

func TestFaultsSayWhatToDo(t *testing.T) {
	for code, want := range map[string]string{
		"AccessDeniedException":             "use credentials of the management account or of a delegated administrator",
		"AWSOrganizationsNotInUseException": "this account is in no organization",
		"ServiceException":                  "ListAccounts: ServiceException",
	} {
		serve(t, 1, 0, code)
		if _, err := organization.Accounts(t.Context(), false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

// An error names neither the endpoint nor the request.
func TestNoAnswer(t *testing.T) {
	serve(t, 1, 0, "")
	t.Setenv("AWS_ENDPOINT_URL_ORGANIZATIONS", "http://127.0.0.1:1/s3cr3t")
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	const want = "ListAccounts: no answer from Organizations: dial tcp 127.0.0.1:1: connect: connection refused"
	if _, err := organization.Accounts(t.Context(), false); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
