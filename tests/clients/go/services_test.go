// Package clients is a day of a Go program that uses Consul's official client, unmodified, against a
// real troupe agent with real HTTP and gRPC targets.
package clients

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/consul/api"
	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

// becomes waits until the agent's check of a service has the status, and returns it.
func becomes(t *testing.T, client *api.Client, serviceID, status string) *api.AgentCheck {
	t.Helper()
	var found *api.AgentCheck
	eventually(t, fmt.Sprintf("%s %s", serviceID, status), func() bool {
		checks, err := client.Agent().Checks()
		if err != nil {
			return false
		}
		found = checks["service:"+serviceID]
		return found != nil && found.Status == status
	})
	return found
}

func TestGRPCCheckFollowsItsTarget(t *testing.T) {
	client := startAgent(t).client(t)
	listener := listen(t)
	target := health.NewServer()
	server := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(server, target)
	go server.Serve(listener)
	t.Cleanup(server.Stop)
	target.SetServingStatus("job", grpc_health_v1.HealthCheckResponse_SERVING)

	address := listener.Addr().String()
	must(t, client.Agent().ServiceRegister(&api.AgentServiceRegistration{
		ID: "job1", Name: "job", Tags: []string{"via"}, Address: "127.0.0.1",
		Port: listener.Addr().(*net.TCPAddr).Port,
		Check: &api.AgentServiceCheck{
			GRPC: address + "/job", Timeout: "2s", Interval: "1s", DeregisterCriticalServiceAfter: "90s",
		},
	}))
	passing := becomes(t, client, "job1", "passing")
	if want := "gRPC check " + address + "/job: success"; passing.Output != want {
		t.Errorf("output %q, want %q", passing.Output, want)
	}
	target.SetServingStatus("job", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	becomes(t, client, "job1", "critical")
	target.SetServingStatus("job", grpc_health_v1.HealthCheckResponse_SERVING)
	becomes(t, client, "job1", "passing")
	server.Stop()
	becomes(t, client, "job1", "critical")
}

func TestHTTPCheckSays503AndServiceHealthFollows(t *testing.T) {
	client := startAgent(t).client(t)
	var status atomic.Int32
	status.Store(200)
	listener := listen(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(int(status.Load()))
		fmt.Fprint(w, "as I am")
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	url := "http://" + listener.Addr().String() + "/"

	must(t, client.Agent().ServiceRegister(&api.AgentServiceRegistration{
		ID: "web1", Name: "web", Port: 80,
		Check: &api.AgentServiceCheck{HTTP: url, Interval: "1s", Timeout: "1s"},
	}))
	healthy := func() int {
		instances, _, err := client.Health().Service("web", "", true, nil)
		must(t, err)
		return len(instances)
	}
	eventually(t, "one healthy instance", func() bool { return healthy() == 1 })
	status.Store(503)
	found := becomes(t, client, "web1", "critical")
	if want := "HTTP GET " + url + ": 503 Service Unavailable Output: as I am"; found.Output != want {
		t.Errorf("output %q, want %q", found.Output, want)
	}
	eventually(t, "no healthy instance", func() bool { return healthy() == 0 })
	all, _, err := client.Health().Service("web", "", false, nil)
	must(t, err)
	if len(all) != 1 || all[0].Checks.AggregatedStatus() != "critical" {
		t.Errorf("unhealthy instance is not shown: %v", all)
	}
}

func TestServicesWithFilter(t *testing.T) {
	client := startAgent(t).client(t)
	for _, id := range []string{"a1", "a2", "b1"} {
		must(t, client.Agent().ServiceRegister(&api.AgentServiceRegistration{
			ID: id, Name: id[:1], Tags: []string{"t" + id[1:]}, Meta: map[string]string{"zone": id[1:]},
		}))
	}
	for expression, want := range map[string]int{
		`Service == a`: 2, `t1 in Tags`: 2, `ID == "b1"`: 1, `Meta.zone == "2" or Service == b`: 2, `Port != 0`: 0,
	} {
		services, err := client.Agent().ServicesWithFilter(expression)
		must(t, err)
		if len(services) != want {
			t.Errorf("%s finds %d services, want %d", expression, len(services), want)
		}
	}
	if _, err := client.Agent().ServicesWithFilter(`Nope == 1`); err == nil || !strings.Contains(err.Error(), "Selector \"Nope\" is not valid") {
		t.Errorf("a bad selector says %v", err)
	}
}

func TestKeysAndTheirSurvival(t *testing.T) {
	running := startAgent(t)
	client := running.client(t)
	kv := client.KV()
	for i := 0; i < 20; i++ {
		_, err := kv.Put(&api.KVPair{Key: fmt.Sprintf("dir/%02d", i), Value: []byte{byte(i)}, Flags: uint64(i)}, nil)
		must(t, err)
	}
	pair, _, err := kv.Get("dir/07", nil)
	must(t, err)
	if pair == nil || pair.Value[0] != 7 || pair.Flags != 7 {
		t.Fatalf("read back %v", pair)
	}
	if swapped, _, err := kv.CAS(&api.KVPair{Key: "dir/07", ModifyIndex: pair.ModifyIndex + 100}, nil); err != nil || swapped {
		t.Errorf("a CAS with a wrong index: %v %v", swapped, err)
	}
	_, err = kv.Delete("dir/19", nil)
	must(t, err)
	running.kill(t)
	running.start(t)
	pairs, _, err := kv.List("dir/", &api.QueryOptions{RequireConsistent: true})
	must(t, err)
	if len(pairs) != 19 {
		t.Errorf("%d keys after kill -9, want 19", len(pairs))
	}
	_, err = kv.DeleteTree("dir/", nil)
	must(t, err)
	if keys, _, err := kv.Keys("dir/", "", nil); err != nil || len(keys) != 0 {
		t.Errorf("after DeleteTree: %v %v", keys, err)
	}
}
