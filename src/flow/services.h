// What operators may ask for: models, streams, alerts, time, a log. The node connects the real
// ones, a test its own.
//
// All services are thread-safe and outlive every instance.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/frame.h"
#include "infer/model.h"

namespace weir::flow {

class Models {
 public:
  virtual ~Models() = default;
  // The model in a folder; one session for all who ask. `weights` names another weights file, ""
  // the package's own.
  virtual base::Result<std::shared_ptr<const infer::Model>> open(const std::string& folder,
                                                                 const std::string& weights) = 0;
};

// One reader of one stream of one device: pulls nothing until made, ends nothing for others.
class StreamReader {
 public:
  struct Next {
    data::PacketRef packet;   // null: nothing now
    std::size_t dropped = 0;  // packets passed over before it because this reader was too slow
  };
  virtual ~StreamReader() = default;
  virtual Next next() = 0;  // never blocks
};

class Streams {
 public:
  virtual ~Streams() = default;
  // A reader from the last keyframe on. `waker` is called when there is something to read.
  virtual base::Result<std::unique_ptr<StreamReader>> open(data::Device device,
                                                           std::string_view property,
                                                           std::function<void()> waker) = 0;
};

struct Alert {
  std::string id;  // names its cause: deployment, step, device, epoch of this start, number
  std::int64_t time_ns = 0;  // event time of its first record
  std::string deployment, step, device, title;
  data::PacketRef picture;  // an encoded picture; null where the records carry none
  std::int64_t captured_ns = 0, received_ns = 0;  // of that picture; 0 = not known
};

class Alerts {
 public:
  virtual ~Alerts() = default;
  virtual base::Result<> raise(const Alert& alert) = 0;
};

// What becomes of what stands where an operator writes a file of its own for the first time.
enum class FilesThere : std::uint8_t { go, stay };

// A check prepares what is not to run: it leaves nothing behind, such as folders.
enum class Purpose : std::uint8_t { run, check };

struct Services {
  const base::Clock& clock;
  base::Log& log;
  base::Executor& executor;
  data::Dictionary& devices;
  std::int64_t epoch = 0;       // raised at each start; part of the ids of what cannot be replayed
  std::string deployment = {};  // the instance's name
  Models* models = nullptr;
  Streams* streams = nullptr;
  Alerts* alerts = nullptr;
  FilesThere files_there = FilesThere::go;
  Purpose purpose = Purpose::run;
};

}  // namespace weir::flow
