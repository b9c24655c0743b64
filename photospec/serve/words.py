"""The words of the page to work in."""

from __future__ import annotations

from photospec.text import Text

__all__ = ["REASONS", "WORDS"]

REASONS = (
    Text("不是本人", "not this person"),
    Text("照片不清晰", "not sharp enough"),
    Text("眼镜反光", "reflection on the glasses"),
    Text("头发遮挡", "hair in the way"),
    Text("姿态或表情不合要求", "pose or expression"),
    Text("着装不合要求", "dress"),
)
"""Reasons to refuse that no rule names; the findings of the photo stand before them."""

WORDS = {
    "title": Text("证件照检查", "ID photo check"),
    "local": Text("照片只在本机处理，不会上传到任何地方", "Photos stay on this machine; nothing is sent anywhere"),
    "drop": Text(
        "把文件夹、照片、zip 或名单（xlsx、csv）拖到这里", "Drop a folder, photos, a zip or a roster (xlsx, csv) here"
    ),
    "drop_more": Text("可随时拖入更多照片或名单", "Drop more photos or a roster at any time"),
    "choose_folder": Text("选择文件夹", "Choose a folder"),
    "choose_files": Text("选择文件", "Choose files"),
    "or_path": Text(
        "或输入本机上的路径（照片留在原处）", "or the path of a folder on this machine (photos stay there)"
    ),
    "open": Text("打开", "Open"),
    "sending": Text("正在读入 {done}/{total}", "Reading {done} of {total}"),
    "checking": Text("正在检查 {done}/{total}", "Checking {done} of {total}"),
    "checked": Text("已检查 {total} 张", "{total} photos checked"),
    "stopped": Text("检查停止：{why}", "Checking stopped: {why}"),
    "all": Text("全部", "all"),
    "all_classes": Text("全部班级", "all classes"),
    "all_rules": Text("全部规则", "all rules"),
    "all_decided": Text("已决定和未决定", "decided or not"),
    "decided_only": Text("已人工决定", "decided by a person"),
    "undecided_only": Text("未人工决定", "not decided by a person"),
    "search": Text("搜索姓名、学号、文件名", "search name, number, file"),
    "shown": Text("显示 {shown} / {total} 张", "{shown} of {total}"),
    "none": Text("没有符合条件的照片", "no photo fits these filters"),
    "none_left": Text("没有待确认的照片了", "Nothing is left to decide"),
    "choose": Text("选一张照片查看依据", "Choose a photo to see why"),
    "held_left": Text("还有 {count} 张待确认", "{count} left to decide"),
    "accept": Text("接受", "Accept"),
    "refuse": Text("退回", "Refuse"),
    "withdraw": Text("撤回决定", "Take back"),
    "undo": Text("撤销上一个决定", "Undo the last decision"),
    "why_refuse": Text("退回原因：按数字键选择，或输入后按回车", "Why? Press a number, or type and press Enter"),
    "own_reason": Text("其他原因", "another reason"),
    "cancel": Text("取消", "Cancel"),
    "who": Text("决定人", "Who decides"),
    "who_needed": Text("请先填写决定人姓名", "Say first who decides"),
    "lapsed": Text("以前的决定已不适用，请重新确认", "An earlier decision counts no longer: look again"),
    "machine": Text("机器结论", "machine"),
    "all_well": Text("各项检查均合格。", "Nothing is wrong."),
    "no_picture": Text("无图", "no picture"),
    "gone": Text("照片已不在原处，或内容已改变", "The photo is gone from its place, or is another one now"),
    "evidence": Text("测量位置和允许范围", "What was measured and what is allowed"),
    "allowed": Text("允许范围", "allowed"),
    "measured": Text("测得", "measured"),
    "wrong": Text("不符合", "not allowed"),
    "marks_wrong": Text("标记：不符合的", "Marks: what is wrong"),
    "marks_all": Text("标记：全部", "Marks: everything"),
    "marks_none": Text("标记：无", "Marks: none"),
    "back": Text("返回列表", "Back"),
    "export": Text("导出", "Export"),
    "xlsx": Text("Excel 表格", "Excel sheet"),
    "csv": Text("CSV 表格", "CSV table"),
    "html": Text("网页报告", "web page"),
    "slips": Text("通知单", "slips"),
    "pdf": Text("通知单（PDF）", "slips (PDF)"),
    "jsonl": Text("JSON 行", "JSON lines"),
    "missing": Text("没有照片的人（{count}）", "without a photo ({count})"),
    "session": Text("本次工作", "Session"),
    "folder": Text("结果和决定保存在", "Results and decisions are in"),
    "dropped": Text("拖入的照片暂存在（仅本人可读）", "Dropped photos are in (private to you)"),
    "forget": Text("删除暂存的照片", "Delete them"),
    "forget_sure": Text("删除暂存的照片？结果和决定会保留。", "Delete the dropped photos? Results and decisions stay."),
    "sources": Text("照片在", "Photos are in"),
    "roster": Text("名单", "Roster"),
    "spec": Text("标准", "Standard"),
    "tomorrow": Text("关闭后可用同一文件夹继续。", "Close it at any time: the same folder goes on from here."),
    "keys": Text("按键", "Keys"),
    "key_move": Text("上一张 / 下一张", "previous, next"),
    "key_marks": Text("切换标记", "marks"),
    "key_search": Text("搜索", "search"),
    "no_server": Text("程序已停止，请重新启动", "The program has stopped; start it again"),
    "no_token": Text("请用程序启动时显示的完整地址打开", "Open the full address that was shown at the start"),
}
