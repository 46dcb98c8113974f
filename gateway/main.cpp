#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>

#include "gateway/commands/commands.h"

namespace {

using namespace tidegate;
using namespace tidegate::gateway;

/// Everything that the command line may say, filled in by CLI11.
struct Arguments {
  config::LoadOptions load;
  std::string environment;
  std::string format = "text";
  bool no_color = false;
  ProxyOptions proxy;
  DemoOptions demo;
  AdminOptions admin;
};

OutputFormat format_of(Arguments const& arguments) {
  return arguments.format == "json" ? OutputFormat::json : OutputFormat::text;
}

config::LoadOptions load_options(Arguments const& arguments) {
  auto options = arguments.load;
  options.variables = config::process_variables();
  char const* const from_process = std::getenv("TIDEGATE_ENV");
  if (!arguments.environment.empty()) {
    options.environment = arguments.environment;
  } else if (from_process != nullptr && *from_process != '\0') {
    options.environment = from_process;
  }
  return options;
}

void add_config(CLI::App& command, Arguments& arguments) {
  command
      .add_option("--config", arguments.load.paths,
                  "File or folder with settings and resources; repeatable")
      ->required();
  command.add_option("--environment", arguments.environment,
                     "Layer over base.yaml (default: $TIDEGATE_ENV, else development)");
}

void add_format(CLI::App& command, Arguments& arguments) {
  command.add_option("-o,--output", arguments.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

using Action = std::function<int()>;

void add_serving(CLI::App& app, Arguments& arguments, Action& action) {
  auto* const run = app.add_subcommand("run", "Serve");
  add_config(*run, arguments);
  run->callback([&] { action = [&] { return run_command(load_options(arguments)); }; });

  auto* const check =
      app.add_subcommand("check", "Validate a configuration: exit 0, or 1 with every error listed");
  add_config(*check, arguments);
  add_format(*check, arguments);
  check->callback([&] {
    action = [&] { return check_command(load_options(arguments), format_of(arguments)); };
  });

  auto* const proxy = app.add_subcommand(
      "proxy", "HTTPS with a certificate of its own in front of one origin; no file needed");
  proxy->add_option("--to", arguments.proxy.to, "HOST:PORT of the origin; :PORT is this machine")
      ->required();
  proxy->add_option("--from", arguments.proxy.from, "ADDRESS:PORT for HTTPS")
      ->capture_default_str();
  proxy
      ->add_option("--http-port", arguments.proxy.http_port,
                   "Port that redirects to HTTPS; 0 = none")
      ->capture_default_str();
  proxy->callback([&] { action = [&] { return proxy_command(arguments.proxy); }; });

  auto* const demo =
      app.add_subcommand("demo", "The example deployment on loopback, origins included");
  demo->add_flag("--access-log", arguments.demo.access_log,
                 "Write the access log to standard output");
  demo->callback([&] { action = [&] { return demo_command(arguments.demo); }; });
}

void add_operating(CLI::App& app, Arguments& arguments, Action& action) {
  struct Command {
    char const* name;
    char const* help;
  };
  for (auto const& each :
       {Command{"reload", "Load the configuration anew; one with errors changes nothing"},
        Command{"drain", "Finish what is under way, then exit"},
        Command{"status", "State of a running gateway"}}) {
    auto* const command = app.add_subcommand(each.name, each.help);
    command->add_option("--admin", arguments.admin.address, "Address of its admin API")
        ->capture_default_str();
    command->add_option("--token", arguments.admin.token, "admin.token of its settings")
        ->envname("TIDEGATE_ADMIN__TOKEN");
    add_format(*command, arguments);
    command->callback([&, name = std::string(each.name)] {
      action = [&, name] { return admin_command(name, arguments.admin, format_of(arguments)); };
    });
  }
  app.add_subcommand("version", "Print the version")->callback([&] {
    action = [] {
      std::printf("tidegate %s\n", TIDEGATE_VERSION);
      return 0;
    };
  });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Tidegate: edge gateway and traffic controller that reads Istio YAML", "tidegate");
  app.require_subcommand(1);
  Arguments arguments;
  Action action;
  app.add_flag("--no-color", arguments.no_color, "No colours (also: NO_COLOR)");
  add_serving(app, arguments, action);
  add_operating(app, arguments, action);
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  auto const log = spdlog::stderr_color_mt("tidegate");
  if (arguments.no_color || std::getenv("NO_COLOR") != nullptr) {
    static_cast<spdlog::sinks::stderr_color_sink_mt*>(log->sinks().front().get())
        ->set_color_mode(spdlog::color_mode::never);
  }
  log->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %^%l%$ %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(log);
  try {
    return action();
  } catch (std::exception const& error) {
    std::fprintf(stderr, "tidegate: %s\n", error.what());
    return 1;
  }
}
