#include "actors/health/probes/script_probe.hpp"

#include <array>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>

#include "actors/health/probes/bounded_output.hpp"
#include "actors/health/probes/child_process.hpp"
#include "messages/go_duration.hpp"

namespace troupe::actors {

namespace asio = boost::asio;
using boost::system::error_code;

// One child from its start until it has been waited for, however long its result has been told by
// then.
class script_probe::execution : public std::enable_shared_from_this<execution> {
 public:
  using done_function = std::function<void(check_result)>;

  execution(probe_environment& environment,
            std::shared_ptr<const messages::CheckDefinition> definition, done_function done)
      : definition_(std::move(definition)),
        done_(std::move(done)),
        output_(static_cast<std::size_t>(definition_->output_max_size())),
        exit_(environment.io()),
        pipe_(environment.io()),
        deadline_(environment.io()) {}

  ~execution() {
    if (pid_ > 0) {  // the io_context has gone before the child
      kill_group(pid_);
      take_exit_code(pid_);
    }
  }
  execution(const execution&) = delete;
  execution& operator=(const execution&) = delete;

  void begin() {
    if (!done_)
      return;  // cancelled before it began
    const std::vector<std::string> arguments(definition_->args().begin(),
                                             definition_->args().end());
    auto child = start_child(arguments);
    if (!child)
      return tell({check_status::critical, child.error().detail});
    pid_ = child->pid;
    exit_.assign(child->exit_descriptor);
    pipe_.assign(child->output_descriptor);
    error_code ignored;
    pipe_.non_blocking(true, ignored);
    deadline_.expires_after(std::chrono::nanoseconds{definition_->timeout()});
    deadline_.async_wait([self = shared_from_this()](const error_code& cancelled) {
      if (!cancelled)
        self->on_timeout();
    });
    exit_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const error_code&) { self->on_exit(); });
    read();
  }

  void abandon() {
    done_ = nullptr;
    deadline_.cancel();
    if (pid_ > 0)
      kill_group(pid_);  // on_exit() follows
  }

 private:
  // Waits, then reads at once: nothing is ever read that on_exit() would not see.
  void read() {
    pipe_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](const error_code& failed) {
                       if (!failed && self->read_some())
                         self->read();
                     });
  }

  // False at the end.
  bool read_some() {
    std::array<char, 4096> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init)
    error_code error;
    const std::size_t bytes = pipe_.read_some(asio::buffer(piece), error);
    output_.append({piece.data(), bytes});
    return error == asio::error::would_block || (!error && bytes > 0);
  }

  void on_timeout() {
    timed_out_ = true;
    if (pid_ > 0)
      kill_group(pid_);  // on_exit() tells, so that no second one runs beside it
  }

  // What the program started in the background may hold the pipe open: its exit decides, not the
  // pipe.
  void on_exit() {
    const int code = take_exit_code(pid_);
    pid_ = -1;
    deadline_.cancel();
    drain();
    if (timed_out_)
      return tell({check_status::critical, timeout_text()});
    const auto status = code == 0   ? check_status::passing
                        : code == 1 ? check_status::warning
                                    : check_status::critical;
    tell({status, output_text()});
  }

  // What the child wrote last and the loop has not read yet; bounded, for a background child may go
  // on.
  void drain() {
    error_code error;
    pipe_.cancel(error);
    const auto end = output_.total() + messages::limits::check_body_bytes_max;
    for (auto before = output_.total(); before < end && read_some() && output_.total() > before;)
      before = output_.total();
    pipe_.close(error);
    exit_.close(error);
  }

  std::string output_text() {
    const auto& kept = output_.text();
    if (output_.total() <= kept.size())
      return kept;
    return fmt::format("Captured {} of {} bytes\n...\n{}", kept.size(), output_.total(), kept);
  }

  std::string timeout_text() {
    const std::chrono::nanoseconds timeout{definition_->timeout()};
    auto text = fmt::format("Timed out ({}) running check", messages::to_go_duration(timeout));
    const auto output = output_text();
    return output.empty() ? text : text + "\n\n" + output;
  }

  void tell(check_result result) {
    if (const auto done = std::exchange(done_, nullptr))
      done(std::move(result));
  }

  std::shared_ptr<const messages::CheckDefinition> definition_;
  done_function done_;
  bounded_output output_;
  asio::posix::stream_descriptor exit_;
  asio::posix::stream_descriptor pipe_;
  asio::steady_timer deadline_;
  pid_t pid_ = -1;  // -1: none, or waited for
  bool timed_out_ = false;
};

script_probe::script_probe(const messages::CheckDefinition& definition,
                           probe_environment& environment)
    : environment_(&environment),
      definition_(std::make_shared<const messages::CheckDefinition>(definition)) {}

void script_probe::start(std::function<void(check_result)> done) {
  auto run = std::make_shared<execution>(*environment_, definition_, std::move(done));
  execution_ = run;
  asio::post(environment_->io(), [run] { run->begin(); });
}

void script_probe::cancel() {
  if (const auto run = execution_.lock())
    run->abandon();
  execution_.reset();
}

}  // namespace troupe::actors
