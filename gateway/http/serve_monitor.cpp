#include <memory>
#include <utility>

#include "actors/runtime/log_watch.hpp"
#include "gateway/http/gateway.hpp"
#include "gateway/http/serve.hpp"

namespace troupe::gateway {

namespace {

using actors::log_form;
using actors::log_level;
using actors::log_watch;

// The lines of one watch, to one client.
class log_stream final : public body_stream {
 public:
  static messages::result<std::unique_ptr<log_stream>> open(actors::log_watch_options options,
                                                            actors::io_thread& home) {
    auto made = std::make_unique<log_stream>();
    // Lines come on any thread; `more` is only touched on the connection's own.
    auto wake = [&home, to = std::weak_ptr(made->more_)] {
      home.post([to] {
        if (const auto more = to.lock(); more && *more)
          (*more)();
      });
    };
    auto watch = actors::process_log_watches().watch(options, std::move(wake));
    if (!watch)
      return watch.error();
    made->watch_ = std::move(*watch);
    return made;
  }

  void start(std::function<void()> more) override { *more_ = std::move(more); }
  std::string take() override { return watch_->take(); }

 private:
  std::shared_ptr<std::function<void()>> more_ = std::make_shared<std::function<void()>>();
  std::shared_ptr<log_watch> watch_;
};

}  // namespace

void serve_monitor(gateway& self, exchange& what) {
  const auto& http = what.request;
  const auto name = http.value("loglevel");
  const auto level = name.empty() ? std::optional(log_level::info) : actors::log_level_of(name);
  if (!level)
    return self.respond(what, text_response(400, "Unknown log level: " + std::string(name)));
  const auto form = http.has("logjson") ? log_form::json : log_form::text;
  auto lines = log_stream::open({.level = *level, .form = form}, self.thread());
  if (!lines)
    return self.respond(what, render_failure(lines.error()));
  api_response head;
  head.content_type = text_type;
  self.respond_with(what, std::move(head), std::move(*lines));
}

}  // namespace troupe::gateway
