#include "actors/registry/registry_store.hpp"

#include <csignal>
#include <fstream>
#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/temporary_directory.hpp"

namespace troupe::actors {
namespace {

namespace fs = std::filesystem;

class registry_store_test : public testing::Test {
 protected:
  registry_store_test() {
    auto opened = registry_store::open(folder);
    EXPECT_TRUE(opened);
    store.emplace(*std::move(opened));
  }

  static messages::RegisterService service(const std::string& id, const std::string& token = "t") {
    messages::RegisterService request;
    request.set_token(token);
    request.mutable_service()->set_id(id);
    request.mutable_service()->set_name("web");
    (*request.mutable_service()->mutable_proxy()->mutable_config()->mutable_fields())["a"]
        .set_number_value(1);
    return request;
  }
  std::vector<fs::path> files(const char* below) const {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder / below)) {
      if (entry.is_regular_file())
        found.push_back(entry.path());
    }
    return found;
  }

  const tests::temporary_directory directory;
  const fs::path folder = directory.path();
  std::optional<registry_store> store;
};

TEST_F(registry_store_test, gives_back_what_was_saved_whatever_the_id) {
  for (const auto* id : {"web", "../../etc/passwd", "a/b", "ü", " "})
    ASSERT_TRUE(store->save(service(id)));
  messages::RegisterCheck check;
  check.mutable_check()->set_id("c");
  check.mutable_check()->set_ttl(15'000'000'000);
  ASSERT_TRUE(store->save(check));
  const auto loaded = store->load();
  EXPECT_TRUE(loaded.warnings.empty());
  ASSERT_EQ(loaded.services.size(), 5U);
  ASSERT_EQ(loaded.checks.size(), 1U);
  EXPECT_EQ(loaded.checks[0].SerializeAsString(), check.SerializeAsString());
  for (const auto& kept : loaded.services) {
    EXPECT_EQ(kept.token(), "t") << "tokens are kept, not hidden";
    EXPECT_EQ(kept.service().proxy().config().fields().at("a").number_value(), 1);
  }
}

TEST_F(registry_store_test, forgets_what_was_removed) {
  ASSERT_TRUE(store->save(service("web")));
  ASSERT_TRUE(store->remove_service("web"));
  ASSERT_TRUE(store->remove_service("web")) << "twice is no failure";
  EXPECT_TRUE(store->load().services.empty());
  ASSERT_TRUE(store->save(stored_check_state{"c", "passing", "fine", 5}));
  ASSERT_TRUE(store->load_state("c"));
  EXPECT_EQ(store->load_state("c")->expires_unix_ns, 5);
  ASSERT_TRUE(store->remove_check("c"));
  EXPECT_FALSE(store->load_state("c"));
}

TEST_F(registry_store_test, a_broken_file_is_named_and_costs_nothing_else) {
  std::mt19937_64 dice(11);
  ASSERT_TRUE(store->save(service("broken")));
  const auto path = files("services").at(0);
  std::string whole;
  std::getline(std::ifstream(path), whole, '\0');
  ASSERT_TRUE(store->save(service("well")));
  for (std::size_t i = 0; i < whole.size(); i += 1 + dice() % 7) {
    std::string damaged = whole.substr(0, i);
    if (dice() % 2 == 0)
      damaged += static_cast<char>(dice());
    std::ofstream(path, std::ios::trunc) << damaged;
    const auto loaded = store->load();
    ASSERT_EQ(loaded.services.size(), 1U) << damaged;
    EXPECT_EQ(loaded.services[0].service().id(), "well");
    ASSERT_EQ(loaded.warnings.size(), 1U);
    EXPECT_NE(loaded.warnings[0].find(path.string()), std::string::npos);
    EXPECT_TRUE(fs::exists(path)) << "somebody may want to repair it";
  }
}

TEST_F(registry_store_test, a_broken_state_is_none) {
  ASSERT_TRUE(store->save(stored_check_state{"c", "passing", "fine", 5}));
  for (const auto* text : {"", "{", "[]", "\xff\xfe", R"({"CheckID": "c", "Expires": "x"})",
                           R"({"CheckID": "d", "Expires": "5"})"}) {
    std::ofstream(files("checks/state").at(0), std::ios::trunc) << text;
    EXPECT_FALSE(store->load_state("c")) << text;
  }
}

// A child saves versions of one service until it is killed: whatever is found afterwards is whole,
// and nothing that was acknowledged is lost.
TEST_F(registry_store_test, a_killed_process_leaves_a_whole_file) {
  for (int round = 0; round < 20; ++round) {
    int acknowledged[2];
    ASSERT_EQ(pipe(acknowledged), 0);
    const pid_t child = fork();
    if (child == 0) {
      for (int version = 1;; ++version) {
        const bool saved = store->save(service("web", std::to_string(version))).has_value();
        if (!saved || write(acknowledged[1], &version, sizeof(version)) < 0)
          _exit(1);
      }
    }
    close(acknowledged[1]);
    int last = 0;
    int version = 0;
    for (int i = 0; i <= round; ++i)
      ASSERT_EQ(read(acknowledged[0], &version, sizeof(version)), ssize_t{sizeof(version)});
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    last = version;
    while (read(acknowledged[0], &version, sizeof(version)) == ssize_t{sizeof(version)})
      last = version;
    close(acknowledged[0]);
    const auto loaded = store->load();
    EXPECT_TRUE(loaded.warnings.empty());
    ASSERT_EQ(loaded.services.size(), 1U);
    EXPECT_GE(std::stoi(loaded.services[0].token()), last);
    EXPECT_EQ(files("services").size(), 1U) << "half a file was left";
  }
}

}  // namespace
}  // namespace troupe::actors
