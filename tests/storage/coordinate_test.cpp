#include "storage/read_coordinate.hpp"
#include "tests/storage/replica.hpp"

namespace troupe::storage::tests {
namespace {

m::Command register_node(const std::string& node, const std::string& id = {}) {
  m::Command command;
  command.mutable_register_()->set_node(node);
  command.mutable_register_()->set_id(id);
  command.mutable_register_()->set_address("10.0.0.1");
  return command;
}

m::Command deregister_node(const std::string& node) {
  m::Command command;
  command.mutable_deregister()->set_node(node);
  return command;
}

void add_update(m::Command& to, const std::string& node, double height) {
  auto& update = *to.mutable_coordinates()->add_updates();
  update.set_node(node);
  update.mutable_coord()->set_height(height);
}

m::Command update_of(const std::string& node, double height) {
  m::Command command;
  add_update(command, node, height);
  return command;
}

class coordinates : public ::testing::Test {
 protected:
  m::Coordinates all() {
    m::Coordinates found;
    index_ = read_coordinates(server_.read(), found);
    return found;
  }
  m::Coordinates of(const std::string& node) {
    m::Coordinates found;
    index_ = read_node_coordinates(server_.read(), node, found);
    return found;
  }

  temporary_directory directory_;
  replica server_{directory_.path() / "data"};
  std::uint64_t index_ = 0;
};

TEST_F(coordinates, are_kept_sorted_by_node_under_the_name_that_the_catalog_has) {
  server_.run(register_node("B"));
  server_.run(register_node("a"));
  auto both = update_of("b", 0.5);
  add_update(both, "a", 0.25);
  const auto done = server_.run(both);
  const auto found = all();
  ASSERT_EQ(found.coordinates_size(), 2);
  EXPECT_EQ(found.coordinates(0).node(), "a");
  EXPECT_EQ(found.coordinates(1).node(), "B");
  EXPECT_EQ(found.coordinates(1).coord().height(), 0.5);
  EXPECT_EQ(index_, server_.index());
  EXPECT_TRUE(done.wakes(topics::coordinates));
  EXPECT_TRUE(done.wakes(topics::coordinate("a")));
  EXPECT_FALSE(done.wakes(topics::nodes));
}

TEST_F(coordinates, of_a_node_that_is_not_in_the_catalog_are_passed_over) {
  const auto done = server_.run(update_of("gone", 0.5));
  EXPECT_EQ(done.result.error(), "");
  EXPECT_TRUE(done.changes.empty());
  EXPECT_TRUE(all().coordinates().empty());
  EXPECT_FALSE(find_coordinate(server_.read(), "gone"));
}

TEST_F(coordinates, that_are_told_again_touch_nothing) {
  server_.run(register_node("a"));
  server_.run(update_of("a", 0.5));
  const auto before = server_.index();
  EXPECT_TRUE(server_.run(update_of("a", 0.5)).changes.empty());
  of("a");
  EXPECT_EQ(index_, before);
  EXPECT_TRUE(server_.run(update_of("a", 0.75)).wakes(topics::coordinate("a")));
  EXPECT_EQ(of("A").coordinates(0).coord().height(), 0.75);
  EXPECT_EQ(index_, server_.index());
}

TEST_F(coordinates, go_with_their_node) {
  server_.run(register_node("a"));
  server_.run(register_node("ab"));
  server_.run(update_of("a", 0.5));
  server_.run(update_of("ab", 0.5));
  const auto gone = server_.run(deregister_node("a"));
  EXPECT_TRUE(gone.wakes(topics::coordinate("a")));
  EXPECT_FALSE(gone.wakes(topics::coordinate("ab")));
  EXPECT_TRUE(of("a").coordinates().empty());
  EXPECT_EQ(of("ab").coordinates_size(), 1);
  EXPECT_EQ(index_, server_.index());
}

TEST_F(coordinates, are_still_there_after_a_restart) {
  server_.run(register_node("a"));
  server_.run(update_of("a", 0.5));
  const auto before = server_.dump();
  server_.close();
  ASSERT_TRUE(server_.open());
  EXPECT_EQ(server_.dump(), before);
  EXPECT_EQ(find_coordinate(server_.read(), "a")->height(), 0.5);
}

}  // namespace
}  // namespace troupe::storage::tests
