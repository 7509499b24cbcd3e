// The verbs that talk to a node or hub. Each returns the program's exit code: 0 done, 1 refused,
// not there or not reached.
#pragma once

#include <string>
#include <vector>

namespace weir::cli {

enum class Form : unsigned char { text, json };

struct ApplyOptions {
  std::string server;
  std::vector<std::string> files;
  bool dry_run = false;
};
int apply(const ApplyOptions& options);

struct ResourceOptions {
  std::string server;
  std::string kind, name;  // of `get`, the name may be empty: all of the kind
  Form form = Form::text;
};
int get(const ResourceOptions& options);
int describe(const ResourceOptions& options);
int remove(const ResourceOptions& options);

struct LogsOptions {
  std::string server;
  bool follow = false;
};
int logs(const LogsOptions& options);

struct TopOptions {
  std::string server;
  bool once = false;
};
int top(const TopOptions& options);

struct NodeOptions {
  std::string server;
  std::string name;
};
// Makes a node known to the hub, and prints the node.yaml it needs.
int node_add(const NodeOptions& options);
int node_list(const NodeOptions& options);
int node_delete(const NodeOptions& options);

}  // namespace weir::cli
