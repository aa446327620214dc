package sns

import (
	"github.com/aws/aws-sdk-go-v2/service/sns/types"

	"github.com/tocsin-sec/tocsin/pkg/notify"
	"github.com/tocsin-sec/tocsin/sinks/internal/attributes"
)

// attributesOf returns the message attributes that subscriptions can filter by.
func attributesOf(n notify.Notification) map[string]types.MessageAttributeValue {
	all := map[string]types.MessageAttributeValue{}
	for _, a := range attributes.Of(n) {
		all[a.Name] = types.MessageAttributeValue{DataType: &a.Type, StringValue: &a.Value}
	}
	return all
}
