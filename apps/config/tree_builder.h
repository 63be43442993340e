// Builds a ConfigNode from the events of yaml-cpp's parser.
//
// Its own tree (YAML::Node) will not do: it keeps no quotes, gives an alias the position of its
// anchor and an empty value that of whatever follows.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/mark.h>

#include "zoo/apps/config/node.h"

namespace zoo {

class TreeBuilder final : public YAML::EventHandler {
 public:
  /// `source` alone is the origin of everything in an override; in a file positions are added.
  TreeBuilder(std::string_view text, Origin source, ProblemList& problems);

  /// The first document.
  ConfigNode take() { return std::move(root_); }
  int documents() const { return documents_; }
  Origin place(const YAML::Mark& mark) const;

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { close(); }

 private:
  using Kind = ConfigNode::Kind;

  /// A sequence or mapping that is not closed yet.
  struct Open {
    ConfigNode node;
    bool has_key = false;
    ConfigEntry entry;     // whose value comes next
    bool dropped = false;  // the entry is faulty
  };

  void refuse_properties(const Origin& origin, const std::string& tag, YAML::anchor_t anchor);
  void open(Kind kind, const Origin& origin);
  void close();
  void deliver(ConfigNode node);
  void deliver_key(Open& parent, const ConfigNode& key);
  void deliver_value(Open& parent, ConfigNode value);

  std::vector<std::string_view> lines_;
  Origin source_;
  ProblemList& problems_;
  std::vector<Open> open_;
  ConfigNode root_;
  int documents_ = 0;
};

}  // namespace zoo
