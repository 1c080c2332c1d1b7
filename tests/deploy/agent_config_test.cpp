#include "deploy/agent/agent_config.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "deploy/agent/agent_addresses.hpp"
#include "messages/go_flags.hpp"
#include "tests/support/temporary_directory.hpp"

namespace troupe::agent {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class agent_config_test : public ::testing::Test {
 protected:
  std::string file(const std::string& name, const std::string& text) {
    const auto path = directory_ + "/" + name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path) << text;
    return path;
  }

  // With the flags that a start needs on any machine.
  static messages::result<agent_config> parse(std::vector<std::string> args) {
    args.insert(args.begin(), {"-data-dir=/d", "-bind=127.0.0.1"});
    return parse_agent_command_line(args);
  }

  static agent_config good(std::vector<std::string> args) {
    auto parsed = parse(std::move(args));
    EXPECT_TRUE(parsed.has_value()) << parsed.error().detail;
    return parsed ? *std::move(parsed) : agent_config{};
  }

  static std::string error(std::vector<std::string> args) {
    const auto parsed = parse(std::move(args));
    return parsed ? "no error" : parsed.error().detail;
  }

  const tests::temporary_directory temporary_;
  const std::string directory_ = temporary_.path().string();
};

TEST_F(agent_config_test, takes_todays_command_line) {
  const auto dir = directory_ + "/c";
  file("c/a.json", R"({"services": [{"name": "web"}]})");
  const auto parsed = parse_agent_command_line(
      {"-server", "-bootstrap-expect", "1", "-data-dir", "/d", "-node=jatel", "-bind=127.0.0.1",
       "-ui-dir", "/u", "-rejoin", "-config-dir=" + dir, "-client", "0.0.0.0"});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().detail;
  EXPECT_TRUE(parsed->server);
  EXPECT_TRUE(parsed->bootstrap);
  EXPECT_EQ(parsed->bootstrap_expect, 0U);
  EXPECT_EQ(parsed->node_name, "jatel");
  EXPECT_EQ(parsed->addresses.bind, "127.0.0.1");
  EXPECT_EQ(parsed->addresses.advertise, "127.0.0.1");
  EXPECT_THAT(parsed->addresses.http, ElementsAre("0.0.0.0"));
  EXPECT_TRUE(parsed->ui.enabled);
  EXPECT_EQ(parsed->ui.directory, "/u");
  EXPECT_TRUE(parsed->rejoin_after_leave);
  EXPECT_FALSE(parsed->leave_on_terminate);
  EXPECT_TRUE(parsed->skip_leave_on_interrupt);
  EXPECT_EQ(parsed->ports.grpc_tls, 8503);
  ASSERT_EQ(parsed->services.size(), 1U);
  EXPECT_EQ(parsed->services[0].name(), "web");
  EXPECT_EQ(parsed->raft.timing.election_timeout, 500ms);
}

// What Consul's own test harness sends.
TEST_F(agent_config_test, takes_what_the_go_client_tests_send) {
  const auto config = file("config.json", R"({
    "node_name": "node-1", "node_id": "2F2B4B5E-0000-4000-8000-000000000001",
    "performance": {"raft_multiplier": 1}, "bootstrap": true, "server": true,
    "data_dir": "/data", "disable_update_check": true, "log_level": "debug",
    "bind_addr": "127.0.0.1", "addresses": {}, "version": "1.22.7", "segments": null,
    "ports": {"dns": 1, "http": 2, "https": 3, "serf_lan": 4, "serf_wan": 5, "server": 6,
              "grpc": 7, "grpc_tls": 8},
    "acl": {"tokens": {}}, "peering": {"enabled": true}, "skip_leave_on_interrupt": true,
    "connect": {"ca_config": {"cluster_id": "11111111-2222-3333-4444-555555555555"},
                "enabled": true},
    "autopilot": {"server_stabilization_time": "1ms"}, "enable_debug": true})");
  const auto empty = file("empty.json", "");
  const auto parsed = parse_agent_command_line({"-config-file", config, "-config-file", empty});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().detail;
  EXPECT_EQ(parsed->node_id, "2f2b4b5e-0000-4000-8000-000000000001");
  EXPECT_EQ(parsed->ports.http, 2);
  EXPECT_EQ(parsed->ports.serf_lan, 4);
  EXPECT_EQ(parsed->connect_cluster_id, "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(parsed->raft.timing.election_timeout, 100ms);
  EXPECT_EQ(parsed->autopilot.server_stabilization_time, 1ms);
  EXPECT_EQ(parsed->log.level, "debug");
  EXPECT_THAT(parsed->config_paths, ElementsAre(config, empty));
  EXPECT_THAT(parsed->warnings, Contains("ports.https: has no effect in this version"));
}

TEST_F(agent_config_test, lets_the_later_file_win_and_the_flags_over_all) {
  file("c/b.hcl", "log_level = \"warn\"\nretry_join = [\"b\"]\nnode_meta { x = \"b\" y = \"b\" }");
  file("c/a.json", R"({"log_level": "error", "retry_join": ["a"], "node_meta": {"x": "a"},
                       "datacenter": "DC7", "service": {"name": "one"}})");
  file("c/c.txt", "this is not read");
  file("c/sub/d.hcl", "neither = \"is this\"");
  const auto last = file("last.hcl", "service { name = \"two\" }\nports { http = 1 }");
  const auto config =
      good({"-config-dir", directory_ + "/c", "-config-file", last, "-retry-join=c", "-node-meta",
            "z:c", "-hcl", "ports { http = 2 dns = 3 }", "-http-port=4"});
  EXPECT_EQ(config.log.level, "warn");
  EXPECT_EQ(config.datacenter, "dc7");
  EXPECT_THAT(config.retry_join.addresses, ElementsAre("a", "b", "c"));
  EXPECT_EQ(config.node_meta.at("x"), "b");
  EXPECT_EQ(config.node_meta.at("y"), "b");
  EXPECT_EQ(config.node_meta.at("z"), "c");
  EXPECT_EQ(config.ports.http, 4);
  EXPECT_EQ(config.ports.dns, 3);
  ASSERT_EQ(config.services.size(), 2U);
  EXPECT_EQ(config.services[1].name(), "two");
}

TEST_F(agent_config_test, has_a_developers_defaults_with_dev) {
  const auto parsed = parse_agent_command_line({"-dev"});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().detail;
  EXPECT_TRUE(parsed->server);
  EXPECT_TRUE(parsed->bootstrap);
  EXPECT_TRUE(parsed->ui.enabled);
  EXPECT_TRUE(parsed->enable_debug);
  EXPECT_EQ(parsed->ports.grpc, 8502);
  EXPECT_EQ(parsed->addresses.bind, "127.0.0.1");
  EXPECT_EQ(parsed->raft.timing.heartbeat_timeout, 35ms);
  EXPECT_EQ(parsed->raft.timing.election_timeout, 52ms);
  EXPECT_EQ(parsed->raft.timing.leader_lease_timeout, 20ms);
  EXPECT_TRUE(parsed->warnings.empty());
  const auto other = parse_agent_command_line({"-dev", "-log-level=info"});
  ASSERT_TRUE(other.has_value());
  EXPECT_EQ(other->log.level, "info");
}

TEST_F(agent_config_test, never_ignores_what_protects) {
  EXPECT_EQ(error({"-hcl", "acl { enabled = true }"}),
            "acl.enabled: access control is not available in this version");
  EXPECT_EQ(error({"-encrypt", "x"}),
            "encrypt has invalid key: illegal base64 data at input byte 0");
  EXPECT_EQ(error({"-hcl", "cert_file = \"x\""}),
            "cert_file: TLS is not available in this version");
  EXPECT_EQ(error({"-hcl", "tls { defaults { verify_incoming = true } }"}),
            "tls.defaults.verify_incoming: TLS is not available in this version");
  EXPECT_EQ(error({"-hcl", "auto_encrypt { allow_tls = true }"}),
            "auto_encrypt.allow_tls: TLS is not available in this version");
  EXPECT_EQ(error({"-allow-write-http-from=10.0.0.0/8"}),
            "http_config.allow_write_http_from: restriction by network is not available in this "
            "version");
  EXPECT_EQ(error({"-hcl", "acl { enabled = false }\nverify_incoming = false"}), "no error");
}

TEST_F(agent_config_test, uses_the_request_cache_unless_told_not_to) {
  EXPECT_TRUE(good({}).http.use_cache);
  EXPECT_FALSE(good({"-hcl", "http_config { use_cache = false }"}).http.use_cache);
}

TEST_F(agent_config_test, says_what_must_be_changed) {
  EXPECT_EQ(parse_agent_command_line({"-bind=127.0.0.1"}).error().detail,
            "data_dir cannot be empty");
  EXPECT_EQ(error({"-zonk"}), "flag provided but not defined: -zonk");
  EXPECT_EQ(error({"-node"}), "flag needs an argument: -node");
  EXPECT_EQ(error({"-help"}), "flag: help requested");
  EXPECT_EQ(error({"-http-port=x"}), "invalid value \"x\" for flag -http-port: parse error");
  EXPECT_EQ(error({"extra"}), "Unexpected extra arguments: [extra]");
  const auto zonk = file("zonk.hcl", "zonk = 1");
  EXPECT_EQ(error({"-config-file", zonk}),
            "failed to parse " + zonk + ": 1 error occurred:\n\t* invalid config key zonk");
  const auto broken = file("broken.json", "{");
  EXPECT_EQ(error({"-config-file", broken}),
            "failed to parse " + broken + ": unexpected end of JSON input");
  EXPECT_EQ(error({"-config-file", "/nowhere.hcl"}),
            "config: Open failed on /nowhere.hcl. open /nowhere.hcl: no such file or directory");
  EXPECT_EQ(error({"-datacenter=a b"}),
            "datacenter can only contain lowercase alphanumeric, - or _ characters.");
  EXPECT_EQ(error({"-bootstrap-expect=3"}), "'bootstrap_expect > 0' requires 'server = true'");
  EXPECT_EQ(error({"-bootstrap-expect=3", "-server", "-bootstrap"}),
            "'bootstrap_expect > 0' and 'bootstrap = true' are mutually exclusive");
  EXPECT_EQ(error({"-node-id=x"}), "node_id: x is not a UUID");
  EXPECT_EQ(error({"-log-level=loud"}),
            "Invalid log level: loud. Valid log levels are: [TRACE DEBUG INFO WARN ERROR]");
  EXPECT_EQ(error({"-hcl", "performance { raft_multiplier = 11 }"}),
            "performance.raft_multiplier cannot be 11. Must be between 1 and 10");
  EXPECT_EQ(error({"-default-query-time=zz"}),
            "1 error occurred:\n\t* default_query_time: invalid duration: \"zz\": time: invalid "
            "duration \"zz\"");
  EXPECT_EQ(error({"-advertise=0.0.0.0"}), "Advertise address cannot be 0.0.0.0, :: or [::]");
  EXPECT_EQ(error({"-node-meta", "consul-x:y"}),
            "node_meta invalid: Couldn't load metadata pair ('consul-x', 'y'): Key prefix "
            "'consul-' is reserved for internal use");
  EXPECT_EQ(error({"-http-port=70000"}), "ports.http: 70000 is not a valid port");
}

TEST_F(agent_config_test, skips_a_file_of_unknown_format) {
  const auto path = file("config", "{\"log_level\": \"warn\"}");
  const auto config = good({"-config-file", path});
  EXPECT_EQ(config.log.level, "info");
  EXPECT_THAT(config.warnings, Contains(HasSubstr("skipping file " + path)));
  EXPECT_EQ(good({"-config-file", path, "-config-format=json"}).log.level, "warn");
  EXPECT_EQ(error({"-config-format=xml"}), "-config-format must be either 'hcl' or 'json'");
}

TEST(address_templates, ask_the_interfaces) {
  const std::vector<interface_address> local{
      {"lo", "127.0.0.1"}, {"eth0", "8.8.4.4"}, {"eth1", "10.1.2.3"}, {"eth1", "fe80::1"}};
  const auto expanded = [&](std::string_view text) {
    const auto ip = expand_address("bind_addr", text, local);
    return ip ? *ip : ip.error().detail;
  };
  EXPECT_EQ(expanded("{{ GetPrivateIP }}"), "10.1.2.3");
  EXPECT_EQ(expanded("{{GetPublicIP}}"), "8.8.4.4");
  EXPECT_EQ(expanded("{{ GetInterfaceIP \"eth1\" }}"), "10.1.2.3");
  EXPECT_EQ(expanded("192.168.0.1"), "192.168.0.1");
  EXPECT_EQ(expanded("::1"), "::1");
  EXPECT_EQ(expanded("{{ GetInterfaceIP \"eth9\" }}"),
            "bind_addr: no address of this machine is GetInterfaceIP \"eth9\"");
  EXPECT_THAT(expanded("{{ GetAllInterfaces | join }}"), HasSubstr("unable to parse"));
  EXPECT_THAT(expanded("{{ GetPrivateIP"), HasSubstr("unclosed action"));
  EXPECT_EQ(expanded("host.name"), "bind_addr: invalid ip address: host.name");
  EXPECT_EQ(expanded("1.2.3.4 5.6.7.8"), "bind_addr cannot contain multiple addresses");
  const auto several = expand_addresses("client_addr", "127.0.0.1 {{ GetPrivateIP }}", local);
  ASSERT_TRUE(several.has_value());
  EXPECT_THAT(*several, ElementsAre("127.0.0.1", "10.1.2.3"));
}

TEST(go_flags, read_as_gos_flag_package_does) {
  bool yes = false;
  std::string text = "before";
  std::int64_t number = 0;
  std::vector<std::string> list;
  std::optional<std::chrono::nanoseconds> time;
  messages::go_flags flags;
  flags.add("yes", &yes, "A bool.")
      .add("text", &text, "A text.")
      .heading("More")
      .add("n", &number, "A number.")
      .add("list", &list, "A list.")
      .add("time", &time, "A duration.");
  ASSERT_TRUE(flags
                  .parse({"--yes", "-n", "-0x10", "-list=a", "--list", "b", "-time=1m", "rest",
                          "-yes=false"})
                  .has_value());
  EXPECT_TRUE(yes);
  EXPECT_EQ(number, -16);
  EXPECT_EQ(text, "before");
  EXPECT_THAT(list, ElementsAre("a", "b"));
  EXPECT_EQ(time, 1min);
  EXPECT_THAT(flags.rest(), ElementsAre("rest", "-yes=false"));
  EXPECT_TRUE(flags.given("n"));
  EXPECT_FALSE(flags.given("text"));
  const auto error = [&](std::vector<std::string> args) {
    const auto parsed = flags.parse(args);
    return parsed ? "no error" : parsed.error().detail;
  };
  EXPECT_EQ(error({"--", "-n"}), "no error");
  EXPECT_THAT(flags.rest(), ElementsAre("-n"));
  EXPECT_EQ(error({"-"}), "no error");
  EXPECT_EQ(error({"-yes=maybe"}), "invalid boolean value \"maybe\" for -yes: parse error");
  EXPECT_EQ(error({"-n=99999999999999999999"}),
            "invalid value \"99999999999999999999\" for flag -n: value out of range");
  EXPECT_EQ(error({"-=x"}), "bad flag syntax: -=x");
  EXPECT_EQ(error({"---x"}), "bad flag syntax: ---x");
  EXPECT_THAT(flags.usage(), HasSubstr("More\n\n  -list=<value>\n     A list.\n"));
  EXPECT_THAT(flags.usage(), HasSubstr("  -yes\n     A bool.\n"));
}

}  // namespace
}  // namespace troupe::agent
