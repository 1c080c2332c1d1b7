#include "actors/leader/tombstone_timetable.hpp"

#include <gtest/gtest.h>

namespace troupe::actors {
namespace {

using namespace std::chrono_literals;

TEST(tombstone_timetable, names_an_index_once_it_is_fifteen_minutes_old) {
  tombstone_timetable table;
  const tombstone_timetable::time_point t0{};
  table.note(100, t0);
  table.note(150, t0 + 30s);
  EXPECT_FALSE(table.due(t0 + 15min - 1ns));
  EXPECT_EQ(table.due(t0 + 15min), 100U);
  EXPECT_FALSE(table.due(t0 + 15min));
  EXPECT_EQ(table.due(t0 + 16min), 150U);
}

TEST(tombstone_timetable, an_idle_cluster_falls_silent) {
  tombstone_timetable table;
  tombstone_timetable::time_point now{};
  std::uint64_t index = 100;
  int rounds = 0;
  for (int i = 0; i < 1000; ++i, now += 30s) {
    table.note(index, now);
    if (table.due(now)) {
      table.on_reaped(++index);
      ++rounds;
    }
  }
  EXPECT_EQ(rounds, 1);
}

TEST(tombstone_timetable, a_busy_cluster_is_reaped_at_the_grain_and_no_sooner) {
  tombstone_timetable table;
  tombstone_timetable::time_point now{};
  std::uint64_t index = 100;
  int rounds = 0;
  for (int second = 0; second < 3600; ++second, now += 1s) {
    table.note(++index, now);
    if (const auto up_to = table.due(now)) {
      EXPECT_LE(*up_to + 900, index);
      ++rounds;
      table.on_reaped(++index);
    }
  }
  EXPECT_EQ(rounds, (3600 - 900) / 30);
}

}  // namespace
}  // namespace troupe::actors
