//! The bounds of the log and of projections as keys, under the names that errors give.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::keys::millis;

/// A section of keys for a `Bounds`: counts as they are, durations in milliseconds.
macro_rules! section {
    (
        $(#[$doc:meta])* $name:ident of $bounds:path;
        { $($count:ident: $type:ty = $meaning:literal,)* }
        ms { $($key:ident => $time:ident = $waiting:literal,)* }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            $(#[schemars(description = $meaning)] pub(crate) $count: $type,)*
            $(#[schemars(description = $waiting)] pub(crate) $key: u64,)*
        }

        impl Default for $name {
            fn default() -> Self {
                let bounds = <$bounds>::default();
                Self {
                    $($count: bounds.$count,)*
                    $($key: u64::try_from(bounds.$time.as_millis()).unwrap_or(u64::MAX),)*
                }
            }
        }

        impl $name {
            /// As its room wants them.
            pub(crate) fn bounds(&self) -> $bounds {
                $bounds {
                    $($count: self.$count,)*
                    $($time: millis(self.$key),)*
                }
            }
        }
    };
}

section! {
    /// The bounds of the log.
    EventlogBounds of quanheng_eventlog::Bounds;
    {
    events_per_commit_max: usize = "一次提交的事件数",
    commit_bytes_max: usize = "一次提交的记录字节数",
    tags_per_event_max: usize = "一个事件的标签数",
    commit_blob_bytes_max: usize = "一次提交的附件字节数",
    answer_bytes_max: usize = "保留的请求结果字节数",
    streams_per_commit_max: usize = "一次提交涉及的流数",
    queue_items_max: usize = "排队等待写入的事务数",
    queue_bytes_max: usize = "排队等待写入的字节数",
    batch_events_max: usize = "一个数据库事务写入的事件数",
    batch_bytes_max: usize = "一个数据库事务写入的字节数",
    page_events_max: usize = "一页读取的事件数",
    filter_terms_max: usize = "一个筛选的类型与标签数",
    versions_cached_max: usize = "记住版本的流数",
    states_cached_max: usize = "记住状态的流数",
    catch_up_events_max: usize = "在锁内补读的事件数",
    tail_bytes_max: usize = "内存中保留的最新记录字节数",
    }
    ms {
    queue_wait_max_ms => queue_wait_max = "等待排队的最长毫秒数",
    commit_wait_max_ms => commit_wait_max = "等待提交结果的最长毫秒数",
    }
}

section! {
    /// The bounds of projections.
    ProjectionBounds of quanheng_projection::Bounds;
    {
    page_size_max: usize = "投影查询一页的文档数",
    ids_per_get_max: usize = "一次按编号读取的文档数",
    count_max: u64 = "计数的上限",
    filter_bytes_max: usize = "筛选与排序文本的字节数",
    filter_terms_max: usize = "一个筛选的比较数",
    filter_depth_max: usize = "筛选括号的嵌套层数",
    document_bytes_max: usize = "一个文档的字节数",
    fold_events_max: usize = "一个事务折叠的事件数",
    bare_events_min: usize = "新建的投影待折叠的事件达到此数时，索引最后才建",
    states_cached_max: usize = "一个投影记住状态的流数",
    parsed_cached_max: usize = "一个投影保留的已解析文档数",
    removals_kept: u64 = "一个集合记住的已删文档数",
    watch_buffer_max: usize = "一个订阅等待发送的事件数",
    watchers_max: usize = "一个投影的订阅数",
    }
    ms {
    removals_age_max_ms => removals_age_max = "已删文档记住的毫秒数",
    watch_send_wait_max_ms => watch_send_wait_max = "订阅缓冲已满时的最长等待毫秒数",
    bookmark_interval_ms => bookmark_interval = "无变化时发送书签的间隔毫秒数",
    bookmark_interval_min_ms => bookmark_interval_min = "订阅者可要求的书签间隔下限毫秒数",
    fold_interval_ms => fold_interval = "无人等待时，事件可集中折叠的毫秒数",
    poll_interval_ms => poll_interval = "查看其他进程进度的间隔毫秒数",
    checkpoint_interval_ms => checkpoint_interval = "检查点可暂不写入的毫秒数",
    }
}
