package clients

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/hashicorp/consul/api"
)

// agent is one real troupe agent; its data directory outlives its process.
type agent struct {
	home    string
	port    int
	command *exec.Cmd
}

func startAgent(t *testing.T) *agent {
	t.Helper()
	a := &agent{home: t.TempDir(), port: freePort(t)}
	settings, err := json.Marshal(map[string]any{
		"ports": map[string]int{"http": a.port, "dns": -1, "server": freePort(t), "serf_lan": freePort(t),
			"serf_wan": freePort(t), "grpc": -1, "grpc_tls": -1},
		"performance": map[string]int{"raft_multiplier": 1},
	})
	must(t, err)
	must(t, os.WriteFile(filepath.Join(a.home, "agent.json"), settings, 0o600))
	a.start(t)
	t.Cleanup(func() { a.command.Process.Kill(); a.command.Wait() })
	return a
}

func (a *agent) start(t *testing.T) {
	t.Helper()
	binary := os.Getenv("TROUPE")
	if binary == "" {
		t.Fatal("TROUPE must name the program")
	}
	a.command = exec.Command(binary, "agent", "-server", "-bootstrap-expect=1", "-bind=127.0.0.1", "-node=n1",
		"-data-dir", filepath.Join(a.home, "data"), "-config-file", filepath.Join(a.home, "agent.json"))
	must(t, a.command.Start())
	client := a.client(t)
	eventually(t, "a leader", func() bool {
		leader, err := client.Status().Leader()
		return err == nil && leader != ""
	})
}

func (a *agent) kill(t *testing.T) {
	t.Helper()
	must(t, a.command.Process.Kill())
	a.command.Wait()
}

func (a *agent) client(t *testing.T) *api.Client {
	t.Helper()
	client, err := api.NewClient(&api.Config{Address: "127.0.0.1:" + strconv.Itoa(a.port)})
	must(t, err)
	return client
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	return listener
}

func freePort(t *testing.T) int {
	listener := listen(t)
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds; the test fails if it does not within ten seconds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		if condition() {
			tick.Stop()
			return
		}
		select {
		case <-deadline:
			t.Fatalf("%s did not come true", what)
		case <-tick.C:
		}
	}
}
