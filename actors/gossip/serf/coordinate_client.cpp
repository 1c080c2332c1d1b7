#include "actors/gossip/serf/coordinate_client.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace troupe::actors::gossip::serf {

namespace {

// Below this a time or a distance, in seconds, is none.
constexpr double zero_threshold_s = 1.0e-6;

double magnitude(const std::array<double, coordinate_dimensions>& vec) {
  return std::sqrt(std::inner_product(vec.begin(), vec.end(), vec.begin(), 0.0));
}

}  // namespace

coordinate_client::coordinate_client(std::mt19937_64& random, vivaldi_settings settings)
    : random_(random), settings_(settings), own_(start()) {}

bool coordinate_client::update(latency_filter& latency, const coordinate& other,
                               std::chrono::nanoseconds rtt) {
  if (!other.is_valid() || rtt.count() < 0 || rtt > settings_.rtt_max)
    return false;
  const double rtt_s = latency.median_with(std::chrono::duration<float>{rtt}.count());
  move(other, rtt_s);
  adjust(other, rtt_s);
  pull_to_origin();
  if (!own_.is_valid()) {
    // Numbers that are finite can still add up to one that is not.
    own_ = start();
    adjustments_.fill(0);
    ++resets_;
  }
  return true;
}

float latency_filter::median_with(float sample) {
  samples_[next_] = sample;
  next_ = static_cast<std::uint8_t>((next_ + 1) % size);
  used_ = static_cast<std::uint8_t>(std::min<std::size_t>(used_ + 1U, size));
  auto sorted = samples_;
  const auto middle = sorted.begin() + used_ / 2;
  std::nth_element(sorted.begin(), middle, sorted.begin() + used_);
  return *middle;
}

coordinate coordinate_client::start() const {
  coordinate made;
  made.error = settings_.error_max;
  made.height = settings_.height_min_s;
  return made;
}

void coordinate_client::move(const coordinate& other, double rtt_s) {
  const double distance = distance_s(own_, other);
  const double rtt = std::max(rtt_s, zero_threshold_s);
  const double wrongness = std::abs(distance - rtt) / rtt;
  const double weight = own_.error / std::max(own_.error + other.error, zero_threshold_s);
  const double step = settings_.ce * weight;
  own_.error = std::min(step * wrongness + own_.error * (1.0 - step), settings_.error_max);
  apply_force(settings_.cc * weight * (rtt - distance), other);
}

// Half of what the last measurements were off by on average: the other half is the other member's.
void coordinate_client::adjust(const coordinate& other, double rtt_s) {
  adjustments_[next_adjustment_] = rtt_s - raw_distance_s(own_, other);
  next_adjustment_ = (next_adjustment_ + 1) % adjustment_window;
  const double sum = std::accumulate(adjustments_.begin(), adjustments_.end(), 0.0);
  own_.adjustment = sum / (2.0 * static_cast<double>(adjustment_window));
}

// Without it the whole pool may drift away together.
void coordinate_client::pull_to_origin() {
  const coordinate origin = start();
  const double ratio = distance_s(origin, own_) / settings_.gravity_rho_s;
  apply_force(-ratio * ratio, origin);
}

void coordinate_client::apply_force(double force_s, const coordinate& other) {
  std::array<double, coordinate_dimensions> direction{};
  for (std::size_t i = 0; i < coordinate_dimensions; ++i)
    direction[i] = own_.vec[i] - other.vec[i];
  const double apart = magnitude(direction);
  if (apart > zero_threshold_s) {
    for (double& part : direction)
      part /= apart;
    own_.height = std::max((own_.height + other.height) * force_s / apart + own_.height,
                           settings_.height_min_s);
  } else {
    direction = random_direction();
  }
  for (std::size_t i = 0; i < coordinate_dimensions; ++i)
    own_.vec[i] += direction[i] * force_s;
}

std::array<double, coordinate_dimensions> coordinate_client::random_direction() {
  std::uniform_real_distribution<double> part{-0.5, 0.5};
  std::array<double, coordinate_dimensions> direction{};
  for (std::size_t i = 0; i < settings_.dimensions; ++i)
    direction[i] = part(random_);
  const double length = magnitude(direction);
  if (length <= zero_threshold_s) {
    direction.fill(0);
    direction[0] = 1;
    return direction;
  }
  for (double& each : direction)
    each /= length;
  return direction;
}

}  // namespace troupe::actors::gossip::serf
