#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

using ids = std::vector<std::string>;

const std::string id_1 = "11111111-1111-1111-1111-111111111111";
const std::string id_2 = "22222222-2222-2222-2222-222222222222";

// A registration, written as a sentence: on("n1").service("web").check("c", "passing").
struct on {
  explicit on(const std::string& node, const std::string& address = "10.0.0.1") {
    request().set_node(node);
    request().set_address(address);
    request().set_datacenter("dc1");
  }
  on& id(const std::string& id) {
    request().set_id(id);
    return *this;
  }
  on& meta(const std::string& key, const std::string& value) {
    (*request().mutable_node_meta())[key] = value;
    return *this;
  }
  on& skip_node() {
    request().clear_address();
    request().set_skip_node_update(true);
    return *this;
  }
  on& service(const std::string& name, const std::string& service_id = {}, ids tags = {}) {
    auto& service = *request().mutable_service();
    service.set_service(name);
    service.set_id(service_id);
    service.mutable_tags()->Assign(tags.begin(), tags.end());
    return *this;
  }
  on& port(int port) {
    request().mutable_service()->set_port(port);
    return *this;
  }
  on& proxy_for(const std::string& name) {
    request().mutable_service()->set_kind("connect-proxy");
    request().mutable_service()->mutable_proxy()->set_destination_service_name(name);
    return *this;
  }
  on& native() {
    request().mutable_service()->mutable_connect()->set_native(true);
    return *this;
  }
  on& check(const std::string& id, const std::string& status, const std::string& service_id = {}) {
    auto& check = *request().add_checks();
    check.set_check_id(id);
    check.set_name(id);
    check.set_status(status);
    check.set_service_id(service_id);
    return *this;
  }
  m::RegisterRequest& request() { return *command.mutable_register_(); }

  m::Command command;
};

m::Command gone(const std::string& node, const std::string& service = {},
                const std::string& check = {}) {
  m::Command command;
  command.mutable_deregister()->set_node(node);
  command.mutable_deregister()->set_service_id(service);
  command.mutable_deregister()->set_check_id(check);
  return command;
}

m::ServiceSelection named(const std::string& service, ids tags = {}) {
  m::ServiceSelection selection;
  selection.set_service(service);
  selection.mutable_tags()->Assign(tags.begin(), tags.end());
  return selection;
}

class catalog_test : public ::testing::Test {
 protected:
  outcome run(const on& registration) { return store.run(registration.command); }
  outcome run(const m::Command& command) { return store.run(command); }
  std::string error(const on& registration) { return run(registration).result.error(); }

  ids nodes() {
    m::Nodes out;
    nodes_index = read_nodes(store.read(), out);
    ids names;
    for (const auto& node : out.nodes())
      names.push_back(node.node());
    return names;
  }
  // "node/id" of each instance.
  ids instances(const m::ServiceSelection& selection) {
    m::ServiceNodes out;
    service_index = read_service_nodes(store.read(), selection, out);
    ids found;
    for (const auto& row : out.nodes())
      found.push_back(row.node() + "/" + row.service_id());
    return found;
  }
  // Empty: it shows none.
  std::string virtual_address(const std::string& node, const std::string& id) {
    const auto row = store.read().get<service_table>(service_table::key(node, id));
    const auto found = row->tagged_addresses().find("consul-virtual");
    if (found == row->tagged_addresses().end())
      return {};
    return found->second.address() + ":" + std::to_string(found->second.port());
  }
  // "node/id: checks" of each instance.
  ids health(const std::string& service) {
    m::ServiceHealth out;
    service_index = read_service_health(store.read(), named(service), out);
    ids found;
    for (const auto& row : out.instances()) {
      found.push_back(row.node().node() + "/" + row.service().id() + ":");
      for (const auto& check : row.checks())
        found.back() += " " + check.check_id() + "=" + check.status();
    }
    return found;
  }
  template <class Read>
  ids checks(Read read, const std::string& of) {
    m::HealthChecks out;
    checks_index = read(store.read(), of, out);
    ids found;
    for (const auto& check : out.checks())
      found.push_back(check.node() + "/" + check.check_id());
    return found;
  }
  std::uint64_t index_of_service(const std::string& name) {
    instances(named(name));
    return service_index;
  }

  temporary_directory directory;
  replica store{directory.path()};
  std::uint64_t nodes_index = 0;
  std::uint64_t service_index = 0;
  std::uint64_t checks_index = 0;
};

// -- nodes ------------------------------------------------------------------------

TEST_F(catalog_test, nodes_are_sorted_by_name_and_found_without_case) {
  run(on("b"));
  run(on("A"));
  EXPECT_EQ(nodes(), (ids{"A", "b"}));
  EXPECT_EQ(nodes_index, 2u);
  EXPECT_EQ(read_node(store.read(), "B").node(), "b");
  EXPECT_EQ(read_node(store.read(), "none").node(), "");
}

TEST_F(catalog_test, an_equal_registration_changes_no_index_and_wakes_nobody) {
  const auto whole =
      on("n").id(id_1).meta("k", "v").service("web", "w1", {"a"}).check("c", "passing", "w1");
  run(whole);
  const auto before = store.dump();
  EXPECT_TRUE(run(whole).changes.empty());
  nodes();
  EXPECT_EQ(nodes_index, 1u);
  EXPECT_EQ(index_of_service("web"), 1u);
}

TEST_F(catalog_test, a_changed_address_touches_the_services_of_its_node) {
  run(on("n").service("web"));
  run(on("other").service("api"));
  const auto moved = run(on("n", "10.9.9.9"));
  EXPECT_TRUE(moved.wakes(topics::nodes) && moved.wakes(topics::node("n")) &&
              moved.wakes(topics::service("web")));
  EXPECT_FALSE(moved.wakes(topics::service("api")) || moved.wakes(topics::services));
  EXPECT_EQ(index_of_service("web"), 3u);
  EXPECT_EQ(index_of_service("api"), 2u);
}

TEST_F(catalog_test, skip_node_update_leaves_the_node_as_it_is) {
  run(on("n", "10.0.0.7"));
  run(on("n").skip_node().service("web"));
  EXPECT_EQ(read_node(store.read(), "n").address(), "10.0.0.7");
  EXPECT_EQ(instances(named("web")), (ids{"n/web"}));
}

TEST_F(catalog_test, a_known_id_under_a_new_name_renames_the_node_with_all_it_has) {
  run(on("old").id(id_1).service("web").check("c", "passing", "web").check("n", "passing"));
  EXPECT_EQ(error(on("new").id(id_1)), "");
  EXPECT_EQ(nodes(), (ids{"new"}));
  EXPECT_EQ(health("web"), (ids{"new/web: n=passing c=passing"}));
  EXPECT_EQ(checks(read_node_checks, "old"), ids{});
  EXPECT_EQ(checks(read_node_checks, "new"), (ids{"new/c", "new/n"}));
  EXPECT_EQ(read_node(store.read(), "new").create_index(), 1u);
}

TEST_F(catalog_test, the_name_of_a_live_member_is_reserved) {
  run(on("cc", "127.0.7.3").id(id_1).check("serfHealth", "passing"));
  EXPECT_EQ(error(on("cc", "127.0.7.4").id(id_2)),
            "failed inserting node: Error while renaming Node ID: \"" + id_2 +
                "\": Node name cc is reserved by node " + id_1 + " with name cc (127.0.7.3)");
  EXPECT_EQ(error(on("CC", "127.0.7.4").id(id_2)).substr(0, 22), "failed inserting node:");
  EXPECT_EQ(read_node(store.read(), "cc").id(), id_1) << "refused: nothing was written";
}

TEST_F(catalog_test, the_name_of_a_failed_member_or_of_no_member_may_be_taken) {
  run(on("cc").id(id_1).check("serfHealth", "critical"));
  EXPECT_EQ(error(on("cc").id(id_2)), "");
  EXPECT_EQ(read_node(store.read(), "cc").id(), id_2);
  run(on("external").id("33333333-3333-3333-3333-333333333333"));
  EXPECT_EQ(error(on("external").id("44444444-4444-4444-4444-444444444444")), "");
  m::NodeServices out;
  read_node_services(store.read(), id_1, out);
  EXPECT_FALSE(out.has_node()) << "the old id is forgotten";
}

TEST_F(catalog_test, a_node_is_found_by_its_id_and_by_the_start_of_it_if_it_is_the_only_one) {
  run(on("n1").id(id_1));
  run(on("n2").id("11111111-2222-2222-2222-222222222222"));
  const auto found = [&](const std::string& wanted) {
    m::NodeServices out;
    read_node_services(store.read(), wanted, out);
    return out.node().node();
  };
  EXPECT_EQ(found(id_1), "n1");
  EXPECT_EQ(found("11111111-22"), "n2");
  EXPECT_EQ(found("1111"), "");
  EXPECT_EQ(found("N1"), "n1");
}

// -- services -----------------------------------------------------------------------

TEST_F(catalog_test, a_service_gets_its_name_as_id_and_equal_weights) {
  run(on("n").service("web").port(80));
  m::NodeServices out;
  read_node_services(store.read(), "n", out);
  ASSERT_EQ(out.services_size(), 1);
  EXPECT_EQ(out.services(0).id(), "web");
  EXPECT_EQ(out.services(0).weights().passing(), 1);
  EXPECT_EQ(out.services(0).weights().warning(), 1);
}

TEST_F(catalog_test, instances_are_sorted_by_node_then_id_and_found_without_case) {
  run(on("b").service("web", "2"));
  run(on("b").service("web", "1"));
  run(on("a").service("web", "9"));
  EXPECT_EQ(instances(named("WEB")), (ids{"a/9", "b/1", "b/2"}));
}

TEST_F(catalog_test, tags_select_instances_that_have_all_of_them_without_case) {
  run(on("n").service("web", "1", {"Blue", "v1"}));
  run(on("n").service("web", "2", {"blue"}));
  EXPECT_EQ(instances(named("web", {"blue"})), (ids{"n/1", "n/2"}));
  EXPECT_EQ(instances(named("web", {"BLUE", "V1"})), (ids{"n/1"}));
}

TEST_F(catalog_test, every_service_has_an_index_of_its_own) {
  run(on("n").service("web"));
  run(on("n").service("api"));
  const auto changed = run(on("n").service("api").port(9));
  EXPECT_EQ(index_of_service("web"), 1u);
  EXPECT_EQ(index_of_service("api"), 3u);
  EXPECT_FALSE(changed.wakes(topics::service("web")));
  EXPECT_TRUE(changed.wakes(topics::service("API")) && changed.wakes(topics::services));
}

TEST_F(catalog_test, a_service_without_instances_has_the_extinction_index) {
  run(on("n").service("web"));
  run(on("n").service("api"));
  run(gone("n", "web"));
  EXPECT_EQ(index_of_service("web"), 3u);
  EXPECT_EQ(index_of_service("never"), 3u);
  run(on("n").service("api").port(5));
  EXPECT_EQ(index_of_service("web"), 3u) << "not moved by other registrations";
}

TEST_F(catalog_test, one_instance_less_moves_the_index_of_the_others) {
  run(on("n").service("web", "1"));
  run(on("n").service("web", "2"));
  run(gone("n", "2"));
  EXPECT_EQ(instances(named("web")), (ids{"n/1"}));
  EXPECT_EQ(service_index, 3u);
}

TEST_F(catalog_test, an_instance_may_change_its_name) {
  run(on("n").service("web", "1"));
  const auto renamed = run(on("n").service("api", "1"));
  EXPECT_TRUE(renamed.wakes(topics::service("web")) && renamed.wakes(topics::service("api")));
  EXPECT_EQ(instances(named("web")), ids{});
  EXPECT_EQ(instances(named("api")), (ids{"n/1"}));
}

TEST_F(catalog_test, services_list_the_union_of_tags) {
  run(on("a").meta("rack", "1").service("web", "1", {"z", "a"}));
  run(on("b").service("web", "1", {"m", "a"}));
  m::Services out;
  EXPECT_EQ(read_services(store.read(), {}, out), 2u);
  EXPECT_EQ(ids(out.services().at("web").tags().begin(), out.services().at("web").tags().end()),
            (ids{"a", "m", "z"}));
  google::protobuf::Map<std::string, std::string> meta;
  meta["rack"] = "1";
  m::Services of_rack;
  read_services(store.read(), meta, of_rack);
  EXPECT_EQ(of_rack.services().at("web").tags_size(), 2);
}

TEST_F(catalog_test, proxies_and_native_instances_serve_a_service_in_the_mesh) {
  run(on("n").service("web"));
  run(on("n").service("web-proxy").proxy_for("web"));
  run(on("n").service("api").native());
  auto mesh = named("web");
  mesh.set_by(m::ServiceSelection::CONNECT);
  EXPECT_EQ(instances(mesh), (ids{"n/web-proxy"}));
  EXPECT_EQ(service_index, 2u);
  EXPECT_TRUE(run(gone("n", "web-proxy")).wakes(topics::connect("web")));
  EXPECT_EQ(instances(mesh), ids{});
  mesh.set_service("api");
  EXPECT_EQ(instances(mesh), (ids{"n/api"}));
}

// -- checks ---------------------------------------------------------------------------

TEST_F(catalog_test, an_instance_shows_its_nodes_checks_then_its_own) {
  run(on("n").service("web").check("zz", "passing").check("aa", "warning", "web"));
  run(on("n").service("api"));
  EXPECT_EQ(health("web"), (ids{"n/web: zz=passing aa=warning"}));
  EXPECT_EQ(health("api"), (ids{"n/api: zz=passing"}));
  EXPECT_EQ(checks(read_service_checks, "Web"), (ids{"n/aa"}));
}

TEST_F(catalog_test, a_check_takes_name_and_tags_of_its_service) {
  run(on("n").service("web", "w1", {"t"}).check("c", "passing", "w1"));
  m::HealthChecks out;
  read_node_checks(store.read(), "n", out);
  EXPECT_EQ(out.checks(0).service_name(), "web");
  EXPECT_EQ(out.checks(0).service_tags(0), "t");
}

TEST_F(catalog_test, a_check_defaults_to_its_name_and_to_critical) {
  auto registration = on("n");
  registration.request().mutable_check()->set_name("disk");
  run(registration);
  EXPECT_EQ(checks(read_checks_in_state, "critical"), (ids{"n/disk"}));
}

TEST_F(catalog_test, a_check_of_an_unknown_service_is_refused_as_a_whole) {
  EXPECT_EQ(error(on("x").service("web").check("cc", "passing", "nosuch")),
            "Unknown service ID 'nosuch' for check ID 'cc'");
  EXPECT_EQ(nodes(), ids{});
  EXPECT_EQ(instances(named("web")), ids{});
}

TEST_F(catalog_test, a_check_of_another_node_is_refused) {
  auto registration = on("a").check("c", "passing");
  registration.request().mutable_checks(0)->set_node("b");
  EXPECT_EQ(error(registration), "check node \"b\" does not match node \"a\"");
}

TEST_F(catalog_test, a_service_check_wakes_its_service_and_a_node_check_all_of_the_node) {
  run(on("n").service("web"));
  run(on("n").service("api").check("own", "passing", "api").check("all", "passing"));
  const auto own = run(on("n").skip_node().check("own", "critical", "api"));
  EXPECT_TRUE(own.wakes(topics::service("api")) && own.wakes(topics::checks));
  EXPECT_FALSE(own.wakes(topics::service("web")));
  const auto all = run(on("n").skip_node().check("all", "critical"));
  EXPECT_TRUE(all.wakes(topics::service("api")) && all.wakes(topics::service("web")));
  EXPECT_EQ(index_of_service("web"), 4u);
  EXPECT_EQ(checks(read_checks_in_state, "critical"), (ids{"n/all", "n/own"}));
  EXPECT_EQ(checks_index, 4u);
  EXPECT_EQ(checks(read_checks_in_state, "passing"), ids{});
  EXPECT_EQ(checks(read_checks_in_state, "any"), (ids{"n/all", "n/own"}));
  EXPECT_EQ(checks(read_checks_in_state, "zonk"), ids{});
}

// -- deregistration ----------------------------------------------------------------------

TEST_F(catalog_test, a_service_goes_with_its_checks_and_a_node_with_everything) {
  run(on("n").id(id_1).service("web").check("c", "passing", "web").check("n", "passing"));
  run(on("n").id(id_1).service("api"));
  run(gone("n", "web"));
  EXPECT_EQ(checks(read_node_checks, "n"), (ids{"n/n"}));
  const auto all = run(gone("N"));
  EXPECT_TRUE(all.wakes(topics::nodes) && all.wakes(topics::service("api")));
  EXPECT_EQ(nodes(), ids{});
  EXPECT_EQ(instances(named("api")), ids{});
  EXPECT_EQ(checks(read_checks_in_state, "any"), ids{});
  EXPECT_EQ(nodes_index, 4u);
  const auto txn = store.read();
  for (std::size_t slot = node_table::slot; slot <= check_by_status_table::slot; ++slot)
    txn.for_each_stored(slot,
                        [&](auto, auto) { ADD_FAILURE() << "left in " << state_tables[slot]; });
}

TEST_F(catalog_test, one_check_goes_alone_and_what_is_unknown_is_no_error) {
  run(on("n").check("a", "passing").check("b", "passing"));
  run(gone("n", "", "a"));
  EXPECT_EQ(checks(read_node_checks, "n"), (ids{"n/b"}));
  for (const auto& unknown : {gone("none"), gone("n", "none"), gone("n", "", "none")}) {
    const auto result = run(unknown);
    EXPECT_TRUE(result.result.done());
    EXPECT_TRUE(result.changes.empty());
  }
}

TEST_F(catalog_test, names_longer_than_a_key_are_told_apart) {
  const std::string first = std::string(700, 'x') + "1";
  const std::string second = std::string(700, 'x') + "2";
  run(on(second).service(second));
  run(on(first).service(first).check(first, "passing", first));
  EXPECT_EQ(nodes(), (ids{first, second}));
  EXPECT_EQ(instances(named(first)), (ids{first + "/" + first}));
  EXPECT_EQ(health(first), (ids{first + "/" + first + ": " + first + "=passing"}));
}

// -- virtual addresses ------------------------------------------------------------------

TEST_F(catalog_test, a_service_has_one_virtual_address_in_all_its_instances_in_the_mesh) {
  run(on("n1").service("web").port(80));
  EXPECT_EQ(virtual_address("n1", "web"), "");
  run(on("n1").service("web-proxy").proxy_for("web").port(21000));
  EXPECT_EQ(virtual_address("n1", "web-proxy"), "240.0.0.1:21000");
  run(on("n2").service("api").native().port(443));
  EXPECT_EQ(virtual_address("n2", "api"), "240.0.0.2:443");
  run(on("n2").service("web-proxy").proxy_for("WEB").port(21001));
  EXPECT_EQ(virtual_address("n2", "web-proxy"), "240.0.0.1:21001");
  // Who registers knows nothing of it.
  EXPECT_TRUE(run(on("n2").service("api").native().port(443)).changes.empty());
}

TEST_F(catalog_test, a_virtual_address_is_given_anew_once_nothing_of_its_service_is_left) {
  run(on("n1").service("web"));
  run(on("n1").service("web-proxy").proxy_for("web"));
  run(on("n1").service("api").native());
  run(gone("n1", "web-proxy"));
  run(on("n1").service("db").native());
  EXPECT_EQ(virtual_address("n1", "db"), "240.0.0.3:0");  // web's instance keeps its own
  run(gone("n1", "web"));
  run(on("n1").service("cache").native());
  EXPECT_EQ(virtual_address("n1", "cache"), "240.0.0.1:0");
  run(on("n1").service("queue").native());
  EXPECT_EQ(virtual_address("n1", "queue"), "240.0.0.4:0");
}

TEST_F(catalog_test, virtual_addresses_stay_when_a_node_is_renamed) {
  run(on("n1").id(id_1).service("web").native());
  run(on("n1").id(id_1).service("api").native());
  run(on("n9").id(id_1));
  EXPECT_EQ(virtual_address("n9", "web") + " " + virtual_address("n9", "api"),
            "240.0.0.2:0 240.0.0.1:0");
  run(on("n1").service("db").native());
  EXPECT_EQ(virtual_address("n1", "db"), "240.0.0.3:0");
}

// -- the certificate authority ----------------------------------------------------------

TEST_F(catalog_test, the_first_root_stays_and_its_key_is_not_given_out) {
  m::Command command;
  command.mutable_ca_root()->set_cluster_id("c-1");
  command.mutable_ca_root()->mutable_root()->set_id("aa:bb");
  command.mutable_ca_root()->mutable_root()->set_private_key("secret");
  EXPECT_TRUE(run(command).wakes(topics::ca_roots));
  command.mutable_ca_root()->mutable_root()->set_id("cc:dd");
  EXPECT_FALSE(run(command).result.done());
  m::CaRoots out;
  EXPECT_EQ(read_ca_roots(store.read(), out), 1u);
  EXPECT_EQ(out.active_root_id(), "aa:bb");
  EXPECT_EQ(out.trust_domain(), "c-1.consul");
  EXPECT_EQ(out.roots(0).private_key(), "");
  EXPECT_TRUE(out.roots(0).active());
}

}  // namespace
}  // namespace troupe::storage::tests
