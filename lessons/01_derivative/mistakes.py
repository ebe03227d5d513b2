"""Wrong answers to lesson 1 that people really write, each with the hint that belongs to it. See also variants.py."""

import math

from minifcn.course.exercise import Mistake

WRAP = "other = other if isinstance(other, Value) else Value(other)"

MISTAKES = {
    "Value": [
        Mistake(
            "own_factor",
            "The slopes of a product are the wrong way round: if a moves by 1, a * b moves by b. Each factor's slope is the"
            " OTHER factor.",
            changes=(("(other.data, self.data)", "(self.data, other.data)"),),
        ),
        Mistake(
            "product_slopes_one",
            "Your product has the slopes of a sum. How much does 3 * b move when b moves by 1?",
            changes=(("(other.data, self.data)", "(1.0, 1.0)"),),
        ),
        Mistake(
            "forgets_other",
            "The result must record BOTH inputs, with a slope for each. What is not recorded gets no derivative.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(self,), (1.0,)"),
                ("(self, other), (other.data, self.data)", "(self,), (other.data,)"),
            ),
        ),
        Mistake(
            "copies_inputs",
            "The inputs must be the very objects that were used, not new Values of the same number: nobody can walk from a copy"
            " back to the original.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(Value(self.data), Value(other.data)), (1.0, 1.0)"),
                ("(self, other), (other.data", "(Value(self.data), Value(other.data)), (other.data"),
            ),
        ),
        Mistake(
            "records_numbers",
            "`inputs` must hold Values, not their numbers: the way back goes from a node to its inputs, and on to"
            " theirs.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(self.data, other.data), (1.0, 1.0)"),
                ("(self, other), (other.data", "(self.data, other.data), (other.data"),
            ),
        ),
        Mistake(
            "no_plain_numbers",
            "`a + 2` passes a plain 2, which has no .data. Make it a Value first, in + and in *.",
            changes=((WRAP, "pass"),),
        ),
        Mistake(
            "no_plain_numbers_in_sums",
            "Your * takes plain numbers, your + does not: in `a + 2` the 2 has no .data. Make it a Value first.",
            changes=((WRAP + "\n        return Value(self.data + ", "return Value(self.data + "),),
        ),
        Mistake(
            "no_plain_numbers_in_products",
            "Your + takes plain numbers, your * does not: in `a * 2` the 2 has no .data. Make it a Value first.",
            changes=((WRAP + "\n        return Value(self.data * ", "return Value(self.data * "),),
        ),
        Mistake(
            "sum_records_numbers",
            "The inputs of a sum must be the Values self and other, not their numbers: the way back goes on from them.",
            changes=(("(self, other), (1.0, 1.0)", "(self.data, other.data), (1.0, 1.0)"),),
        ),
        Mistake(
            "product_records_numbers",
            "The inputs of a product must be the Values self and other, not their numbers: the way back goes on"
            " from them.",
            changes=(("(self, other), (other.data", "(self.data, other.data), (other.data"),),
        ),
        Mistake(
            "product_copies",
            "A product must record the very objects self and other. New Values of the same numbers are different"
            " nodes.",
            changes=(("(self, other), (other.data", "(Value(self.data), Value(other.data)), (other.data"),),
        ),
        Mistake(
            "sum_without_slopes",
            "The sum records no slopes. Value(result, inputs, slopes) needs them here: (1.0, 1.0). It needs no"
            " closure.",
            changes=(("(self, other), (1.0, 1.0)", "(self, other)"),),
        ),
        Mistake(
            "product_without_slopes",
            "The product records no slopes. Value(result, inputs, slopes) needs one number for each input; grad is"
            " filled later.",
            changes=(("(self, other), (other.data, self.data)", "(self, other)"),),
        ),
        Mistake(
            "sum_alone_is_number",
            "a + b must be a Value that remembers a and b. You return a plain number.",
            changes=(
                ("return Value(self.data + other.data, (self, other), (1.0, 1.0))", "return self.data + other.data"),
            ),
        ),
        Mistake(
            "no_comma_in_exp",
            "In exp one of the tuples has no comma: (y) is y itself, (self) is self. Write (y,) and (self,).",
            changes=(("(self,), (y,)", "(self,), (y)"),),
        ),
        Mistake(
            "exp_slope_one",
            "exp grows ever faster: its slope is not 1 but exp(x), the result itself.",
            changes=(("(self,), (y,)", "(self,), (1.0,)"),),
        ),
        Mistake(
            "refuses_numbers",
            "a + 2 must work as well. Make a Value of the plain number; NotImplemented sends Python to __radd__, which asks you"
            " again.",
            changes=((WRAP, "if not isinstance(other, Value):\n            return NotImplemented"),),
        ),
        Mistake(
            "constant_forgets",
            "a + 2 still depends on a: where the other is a plain number, the result must have a among its inputs"
            " all the same.",
            changes=(
                (
                    WRAP + "\n        return Value(self.data + ",
                    "if not isinstance(other, Value):\n            return Value(self.data + other)\n"
                    + "        return Value(self.data + ",
                ),
            ),
        ),
        Mistake(
            "returns_numbers",
            "exp, tanh and relu return a plain number here. Return a Value, with its input and its slope, or the way back ends"
            " there.",
            changes=(
                ("return Value(y, (self,), (y,))", "return y"),
                ("return Value(y, (self,), (1.0 - y * y,))", "return y"),
                ("return Value(max(self.data, 0.0), (self,), (float(self.data > 0),))", "return max(self.data, 0.0)"),
            ),
        ),
        Mistake(
            "merges_equal_inputs",
            "In a * a the same Value is both inputs. Record it twice, once with each slope: the two add up later.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(self,) if self is other else (self, other), (1.0, 1.0)"),
                ("(self, other), (other.data", "(self,) if self is other else (self, other), (other.data"),
            ),
        ),
        Mistake(
            "adds_in_place",
            "a + b must not change a: make a new Value for the result. Somebody else may still need the old a.",
            answer="AddsInPlace",
        ),
        Mistake(
            "keeps_exponent",
            "The exponent falls by one when you take the derivative: x ** n has the slope n * x ** (n - 1).",
            changes=(("exponent * self.data ** (exponent - 1)", "exponent * self.data**exponent"),),
        ),
        Mistake(
            "forgets_exponent_factor",
            "The exponent comes down as a factor: x ** n has the slope n * x ** (n - 1). At x = 1, x ** 3 climbs three times as"
            " fast as x.",
            changes=(("exponent * self.data ** (exponent - 1)", "self.data ** (exponent - 1)"),),
        ),
        Mistake(
            "exp_slope_of_input",
            "exp is its own derivative: its slope is the RESULT, exp(x), not the input x.",
            changes=(("(self,), (y,))", "(self,), (self.data,))"),),
        ),
        Mistake(
            "exp_as_power",
            "exp(x) is not a power of x. Its slope is exp(x) itself, without the factor x.",
            changes=(("(self,), (y,))", "(self,), (self.data * math.exp(self.data - 1),))"),),
        ),
        Mistake(
            "tanh_of_input",
            "The slope of tanh is 1 - y * y with y the RESULT, tanh(x). You have put the input in.",
            changes=(("1.0 - y * y", "1.0 - self.data * self.data"),),
        ),
        Mistake(
            "tanh_not_squared",
            "The slope of tanh is 1 - y * y; the square is missing. At x = 0 both forms give 1; further out they"
            " differ.",
            changes=(("1.0 - y * y", "1.0 - y"),),
        ),
        Mistake(
            "tanh_overflows",
            "For x = 400, exp(2 * x) is too large for a float. math.tanh has no such trouble.",
            changes=(
                ("y = math.tanh(self.data)", "y = (math.exp(2 * self.data) - 1) / (math.exp(2 * self.data) + 1)"),
            ),
        ),
        Mistake(
            "relu_passes_all",
            "relu is flat where x is negative: there its slope is 0, and 1 only where x > 0.",
            changes=(("float(self.data > 0)", "1.0"),),
        ),
        Mistake(
            "relu_slope_is_value",
            "The slope of relu is 0 or 1, not its value: where x > 0, y moves exactly as much as x.",
            changes=(("float(self.data > 0)", "max(self.data, 0.0)"),),
        ),
        Mistake(
            "relu_one_at_zero",
            "At x = 0 exactly, take the slope 0, as the docstring says (PyTorch does the same): > and not >=.",
            changes=(("float(self.data > 0)", "float(self.data >= 0)"),),
        ),
        Mistake(
            "slopes_are_values",
            "Slopes are plain numbers. Those of a product are other.data and self.data, not the Values other and self.",
            changes=(("(other.data, self.data)", "(other, self)"),),
        ),
        Mistake(
            "no_slopes",
            "The slopes are missing. Value(result, inputs, slopes) needs one number for each input; nothing else"
            " carries the derivative back, neither a closure nor a grad that you set right away.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(self, other)"),
                ("(self, other), (other.data, self.data)", "(self, other)"),
                ("(self,), (exponent * self.data ** (exponent - 1),)", "(self,)"),
                ("(self,), (y,)", "(self,)"),
                ("(self,), (1.0 - y * y,)", "(self,)"),
                ("(self,), (float(self.data > 0),)", "(self,)"),
            ),
        ),
        Mistake(
            "no_comma",
            "(y) is only y in brackets. A tuple of one thing has a comma: (y,). The same goes for (self,).",
            changes=(
                (
                    "(self,), (exponent * self.data ** (exponent - 1),)",
                    "(self), (exponent * self.data ** (exponent - 1),)",
                ),
                ("(self,), (y,)", "(self,), (y)"),
                ("(self,), (1.0 - y * y,)", "(self,), (1.0 - y * y)"),
                ("(self,), (float(self.data > 0),)", "(self,), float(self.data > 0)"),
            ),
        ),
        Mistake(
            "forgets_other_factor",
            "A product has two inputs. You record one of the factors only, so the other gets no derivative.",
            changes=(("(self, other), (other.data, self.data)", "(self,), (other.data,)"),),
        ),
        Mistake(
            "forgets_other_summand",
            "A sum has two inputs. You record one of them only, so the other gets no derivative.",
            changes=(("(self, other), (1.0, 1.0)", "(self,), (1.0,)"),),
        ),
        Mistake(
            "sum_slopes_data",
            "The slopes of a sum are 1 and 1, whatever a and b are: if a moves by 1, a + b moves by 1.",
            changes=(("(1.0, 1.0)", "(self.data, other.data)"),),
        ),
        Mistake(
            "sum_is_number",
            "a + b and a * b must be Values that remember a and b. You return a plain number, which remembers nothing.",
            changes=(
                ("return Value(self.data + other.data, (self, other), (1.0, 1.0))", "return self.data + other.data"),
                (
                    "return Value(self.data * other.data, (self, other), (other.data, self.data))",
                    "return self.data * other.data",
                ),
            ),
        ),
        Mistake(
            "sum_into_self",
            "a + b is a new Value. You change a itself and return it: the old a is lost, and nothing remembers the"
            " sum.",
            changes=(
                (
                    "return Value(self.data + other.data, (self, other), (1.0, 1.0))",
                    "self.data += other.data\n        return self",
                ),
            ),
        ),
        Mistake(
            "both_into_self",
            "a + b and a * b are new Values. You change a itself and return it: the old a is lost, and nothing remembers what was"
            " computed.",
            changes=(
                (
                    "return Value(self.data + other.data, (self, other), (1.0, 1.0))",
                    "self.data += other.data\n        return self",
                ),
                (
                    "return Value(self.data * other.data, (self, other), (other.data, self.data))",
                    "self.data *= other.data\n        return self",
                ),
            ),
            also=("AllIntoSelf", "IntoSelfWithRecords"),
        ),
        Mistake(
            "product_into_self",
            "a * b is a new Value. You change a itself and return it: the old a is lost, and nothing remembers the"
            " product.",
            changes=(
                (
                    "return Value(self.data * other.data, (self, other), (other.data, self.data))",
                    "self.data *= other.data\n        return self",
                ),
            ),
        ),
        Mistake(
            "copies_everywhere",
            "A new Value of the same number is a different node. Record the objects themselves, self and other, in"
            " the functions of one input as well.",
            changes=(
                ("(self, other), (1.0, 1.0)", "(Value(self.data), Value(other.data)), (1.0, 1.0)"),
                ("(self, other), (other.data", "(Value(self.data), Value(other.data)), (other.data"),
                ("(self,), (", "(Value(self.data),), ("),
            ),
        ),
        Mistake(
            "sum_copies",
            "A sum must record the very objects self and other. New Values of the same numbers are different nodes.",
            changes=(("(self, other), (1.0, 1.0)", "(Value(self.data), Value(other.data)), (1.0, 1.0)"),),
        ),
        Mistake(
            "other_copied",
            "You make a new Value of `other` even where it already is one: then the old one is not found on the way"
            " back. Make Values of plain numbers only.",
            changes=((WRAP, "other = Value(getattr(other, 'data', other))"),),
        ),
        Mistake(
            "power_zero_at_zero",
            "At x = 0 your power has the slope 0, but x ** 1 is x: its slope is 1 there too. n * x ** (n - 1) needs no special case"
            " at 0, and no division by x.",
            changes=(
                (
                    "exponent * self.data ** (exponent - 1)",
                    "exponent * self.data**exponent / self.data if self.data else 0.0",
                ),
            ),
        ),
        Mistake(
            "power_divides",
            "x ** n / x is a division by 0 at x = 0. The slope is n * x ** (n - 1), which is well defined there.",
            changes=(("exponent * self.data ** (exponent - 1)", "exponent * self.data**exponent / self.data"),),
        ),
        Mistake(
            "relu_in_place",
            "relu must leave x as it is, and make a new Value. And its slope depends on the old x, not on the result.",
            changes=(
                ("return Value(max(self.data, 0.0)", "self.data = max(self.data, 0.0)\n        return Value(self.data"),
            ),
        ),
        Mistake(
            "relu_returns_self",
            "Where x > 0, relu(x) equals x, but it must be a new Value with x as its input.",
            changes=(("return Value(max(self", "return self if self.data > 0 else Value(max(self"),),
        ),
        Mistake(
            "power_of_exponent",
            "In x ** n the n is fixed and x moves: the slope is n * x ** (n - 1). A logarithm belongs to n ** x.",
            changes=(("exponent * self.data ** (exponent - 1)", "self.data**exponent * math.log(abs(self.data))"),),
        ),
        Mistake(
            "power_as_product",
            "x ** n is a power, not a product. Its value is self.data ** n, its slope n * x ** (n - 1).",
            changes=(
                ("Value(self.data**exponent", "Value(self.data * exponent"),
                ("(exponent * self.data ** (exponent - 1),)", "(exponent,)"),
            ),
        ),
        Mistake(
            "exponent_is_input",
            "The exponent is a plain number, not an input. Record self alone, with one slope.",
            changes=(("(self,), (exponent", "(self, Value(exponent)), (exponent"),),
        ),
        Mistake(
            "tanh_plus",
            "It is 1 - y * y, with a minus: tanh flattens out on both sides, so its slope is never above 1.",
            changes=(("1.0 - y * y", "1.0 + y * y"),),
        ),
        Mistake(
            "tanh_as_sigmoid",
            "y * (1 - y) is the slope of the sigmoid. tanh has 1 - y * y, which is 1 at x = 0.",
            changes=(("1.0 - y * y", "y * (1.0 - y)"),),
        ),
    ],
    "topological_order": [
        Mistake(
            "root_only",
            "Only the root is in the list. Go on from each node to its inputs, and to theirs, down to the leaves.",
            answer="root_alone",
            also=("root_and_inputs",),
        ),
        Mistake(
            "visits_twice",
            "A node with several paths gets into the list several times. Keep a set of the nodes that you have seen.",
            changes=(("elif node not in seen:", "else:"),),
        ),
        Mistake(
            "every_path",
            "A right order, but you walk every path and take out the repeats later. 40 nodes can have 2**39 paths: skip a node"
            " that you have seen when you meet it again.",
            answer="repeats_taken_out",
        ),
        Mistake(
            "seen_too_soon",
            "A node is marked as seen when it is put on the stack, so a longer path to it can no longer send it ahead. Mark it"
            " when it is taken off.",
            answer="seen_when_pushed",
        ),
        Mistake(
            "on_the_way_down",
            "You list a node when you first meet it and turn the list round. A short path can then put an input"
            " after its result. List a node when you leave it.",
            answer="first_met",
        ),
        Mistake(
            "by_levels",
            "You go level by level from the root. A node with a short and a long path is on two levels: it must wait"
            " for the longer one.",
            answer="level_by_level",
        ),
        Mistake(
            "results_first",
            "The order is the wrong way round: inputs come first, the root last.",
            changes=(("return order", "return order[::-1]"),),
            also=("first_met_first", "level_by_level_down"),
        ),
        Mistake(
            "no_leaves",
            "The leaves are missing. They have no inputs, but they are nodes as well, and they are what we want"
            " gradients of.",
            changes=(("return order", "return [node for node in order if node.inputs]"),),
        ),
        Mistake(
            "no_root",
            "The root is missing: it comes last, after everything that it was computed from.",
            changes=(("return order", "return order[:-1]"),),
        ),
        Mistake(
            "first_input_only",
            "Not all inputs of a node are followed. There may be one, two or many: loop over node.inputs.",
            changes=(("for x in node.inputs", "for x in node.inputs[:1]"),),
            also=("two_inputs",),
        ),
        Mistake(
            "recursion",
            "A function that calls itself goes one call deeper for each node of a chain, and Python stops at about 1000. Keep a"
            " list as your own stack instead.",
            answer="by_recursion",
            also=("joins_lists",),
        ),
        Mistake(
            "raises_the_limit",
            "You have raised Python's recursion limit. That is a setting of the whole program, and a longer chain hits the next"
            " limit. Keep a list as your own stack.",
            answer="by_deep_recursion",
        ),
        Mistake(
            "marks_nodes",
            "What this call has seen, the next call still finds: a mark on the nodes, or a set outside of the function. Keep it in"
            " a set of this call's own.",
            answer="leaves_marks",
        ),
        Mistake(
            "default_list",
            "A list outside of the function, or a default argument like `order=[]`, is made once and keeps what earlier calls put"
            " into it. Make the list inside.",
            answer="remembers_calls",
            also=("remembers_order",),
        ),
        Mistake(
            "counts_edges_once",
            "In a * a one result uses the same input twice. You count it as two users, but sign off only one, so it waits for"
            " ever.",
            answer="counts_users_wrongly",
        ),
    ],
    "backward": [
        Mistake(
            "overwrites",
            "A node that is used several times gets something along each path, and it all adds up. Here the last path wins: use"
            " += and not =.",
            changes=(("x.grad += slope", "x.grad = slope"),),
        ),
        Mistake(
            "forwards",
            "Only the root's own inputs get anything. A node can pass on its gradient only after it has got it: go through the"
            " whole order, from its end to its beginning.",
            changes=(("reversed(order)", "order"),),
            also=("forwards_without_zeros",),
        ),
        Mistake(
            "no_start",
            "Every gradient is 0, because the root never got any. It starts with dL/dL = 1.",
            changes=(("root.grad += 1.0", "pass"),),
        ),
        Mistake(
            "starts_with_value",
            "The root starts with dL/dL = 1, whatever its value is.",
            changes=(("root.grad += 1.0", "root.grad += root.data"),),
        ),
        Mistake(
            "drops_upstream",
            "Slopes along a path must be multiplied: what an input gets is slope * node.grad, not the slope alone.",
            changes=(("slope * node.grad", "slope"),),
        ),
        Mistake(
            "adds_along_path",
            "Along a path slopes are multiplied, not added: if u moves 3 times as fast as a, and z twice as fast as u, z moves 6"
            " times as fast as a.",
            changes=(("slope * node.grad", "slope + node.grad"),),
        ),
        Mistake(
            "inner_grads_stay",
            "At a second call the nodes between still hold the first call's gradient, and hand it on again: the leaf gets 18"
            " where 12 is right. Set every node that has inputs to 0 first.",
            changes=(("if node.inputs:", "if node is root and node.inputs:"),),
        ),
        Mistake(
            "nothing_cleared",
            "At a second call the nodes between, and the root, still hold the first call's gradient, and pass it on again. Set"
            " every node that has inputs to 0 before the walk.",
            changes=(("    for node in order:\n        if node.inputs:\n            node.grad = 0.0\n", ""),),
        ),
        Mistake(
            "clears_leaves",
            "Each call must ADD to the leaves: that is how the gradients of several samples come together. Only nodes that have"
            " inputs start from 0.",
            changes=(("if node.inputs:", "if True:"),),
            also=("clears_leaves_only",),
        ),
        Mistake(
            "sets_the_root",
            "If the root is itself a leaf, its 1 must be added to what it had, like every other leaf's.",
            changes=(("root.grad += 1.0", "root.grad = 1.0"),),
            also=("leaf_root_gets_nothing",),
        ),
        Mistake(
            "hands_on_too_soon",
            "A node passes on its gradient before all its paths have come in, and then passes the first part on again. This is"
            " why topological order is needed.",
            answer="hands_on_at_once",
            also=("hands_on_by_recursion",),
        ),
        Mistake(
            "path_by_recursion",
            "You call backward for every path: too many calls inside calls for a long chain, too many paths for 40 nodes, and"
            " nothing forgets an earlier call. Walk topological_order(root) from its end.",
            answer="calls_itself",
        ),
        Mistake(
            "order_by_recursion",
            "Your own search for the order calls itself, and Python stops at about 1000 calls inside each other. Use"
            " topological_order(root).",
            answer="searches_by_recursion",
        ),
        Mistake(
            "data_for_slope",
            "What an input gets is slope * node.grad, with the slope from node.slopes; you take the input's data.",
            changes=(("slope * node.grad", "x.data * node.grad"),),
        ),
        Mistake(
            "starts_too_early",
            "You give the root its 1, and then set it to 0 together with the other nodes that have inputs. First"
            " the zeros.",
            answer="starts_before_zeros",
        ),
        Mistake(
            "zero_at_its_turn",
            "You set a node to 0 when its turn comes, which throws away what it has just been handed. First all the zeros, then"
            " the walk.",
            changes=(
                (
                    "    for node in reversed(order):\n",
                    "    for node in reversed(order):\n        if node.inputs and node is not root:\n            node.grad = 0.0\n",
                ),
            ),
        ),
        Mistake(
            "leaves_out_the_root",
            "The walk begins at the root: it is last in the order, and the first to pass on its gradient.",
            changes=(("reversed(order)", "reversed(order[:-1])"),),
        ),
        Mistake(
            "same_input_once",
            "In a * a the same input is in node.inputs twice, each time with a slope of its own. A dict or .index()"
            " finds only one of them: use zip.",
            changes=(("in zip(node.inputs, node.slopes)", "in dict(zip(node.inputs, node.slopes)).items()"),),
            also=("finds_the_first",),
        ),
        Mistake(
            "averages",
            "Paths add up. Divide by nothing: each input gets its whole slope * node.grad.",
            changes=(("slope * node.grad", "slope * node.grad / len(node.inputs)"),),
        ),
        Mistake(
            "returns_a_dict",
            "Your gradients are in a dict only. Write them into node.grad: add for a leaf, set for every other node.",
            answer="gradients_in_a_dict",
        ),
        Mistake(
            "inner_grads_add",
            "Only leaves add. A node that has inputs starts anew in every call: set its grad, or it counts the"
            " first call twice.",
            answer="all_nodes_add",
        ),
        Mistake(
            "queue_with_repeats",
            "A node that is met twice is served twice, with all that it has so far each time. Serve each node once, in topological"
            " order.",
            answer="serves_again",
            also=("queue_of_all",),
        ),
        Mistake(
            "inner_grads_cleared",
            "The nodes between have no gradient left when you are done. Set them to 0 before the walk, not after it.",
            changes=(
                (
                    "            x.grad += slope * node.grad",
                    "            x.grad += slope * node.grad\n    for node in order:\n        node.grad *= not node.inputs",
                ),
            ),
        ),
        Mistake(
            "absolute_slopes",
            "Slopes have signs: where one path goes up and the other down, they cancel.",
            changes=(("slope * node.grad", "abs(slope) * node.grad"),),
        ),
        Mistake(
            "by_levels",
            "You serve nodes in the order in which you meet them. A node with a short and a long path is served before the long"
            " one has come in: use topological_order.",
            answer="as_they_are_met",
            also=("met_in_a_queue", "met_by_recursion"),
        ),
        Mistake(
            "first_input_only",
            "Only the first input of each node is served. zip(node.inputs, node.slopes) gives them all, each with"
            " its slope.",
            changes=(("zip(node.inputs, node.slopes)", "zip(node.inputs[:1], node.slopes)"),),
        ),
        Mistake(
            "all_paths",
            "Right numbers, but you walk every single path, and 40 nodes can have 2**39 of them. Let a node wait until all has"
            " come in, and serve its inputs once.",
            answer="path_by_path",
        ),
    ],
}


class AddsInPlace:
    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.inputs, self.slopes, self.grad = data, inputs, slopes, 0.0

    def __add__(self, other):
        other = other if isinstance(other, AddsInPlace) else AddsInPlace(other)
        self.data += other.data
        return AddsInPlace(self.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, AddsInPlace) else AddsInPlace(other)
        return AddsInPlace(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent):
        return AddsInPlace(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def exp(self):
        y = math.exp(self.data)
        return AddsInPlace(y, (self,), (y,))

    def tanh(self):
        y = math.tanh(self.data)
        return AddsInPlace(y, (self,), (1.0 - y * y,))

    def relu(self):
        return AddsInPlace(max(self.data, 0.0), (self,), (float(self.data > 0),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    def __rsub__(self, other):
        return -self + other

    def __rtruediv__(self, other):
        return self**-1 * other

    __radd__, __rmul__ = __add__, __mul__


class AllIntoSelf(AddsInPlace):
    """Changes itself in every method, and returns itself."""

    def __add__(self, other):
        self.data += other.data if isinstance(other, AddsInPlace) else other
        return self

    def __mul__(self, other):
        self.data *= other.data if isinstance(other, AddsInPlace) else other
        return self

    def __pow__(self, exponent):
        self.data **= exponent
        return self

    def exp(self):
        self.data = math.exp(self.data)
        return self

    def tanh(self):
        self.data = math.tanh(self.data)
        return self

    def relu(self):
        self.data = max(self.data, 0.0)
        return self

    __radd__, __rmul__ = __add__, __mul__


class IntoSelfWithRecords(AddsInPlace):
    """Changes itself and records itself as its own input."""

    def __add__(self, other):
        other = other if isinstance(other, AddsInPlace) else AddsInPlace(other)
        self.data, self.inputs, self.slopes = self.data + other.data, (other,), (1.0,)
        return self

    def __mul__(self, other):
        other = other if isinstance(other, AddsInPlace) else AddsInPlace(other)
        self.data, self.inputs, self.slopes = self.data * other.data, (other,), (self.data,)
        return self

    __radd__, __rmul__ = __add__, __mul__


def root_alone(root):
    return [root]


def root_and_inputs(root):
    return [*dict.fromkeys(root.inputs), root]


def seen_when_pushed(root):
    order, seen, stack = [], {root}, [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        else:
            stack.append((node, True))
            for x in node.inputs:
                if x not in seen:
                    seen.add(x)
                    stack.append((x, False))
    return order


def first_met(root):
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += node.inputs
    return order[::-1]


def level_by_level(root):
    order, level, seen = [], [root], {root}
    while level:
        order += level
        level = [x for x in dict.fromkeys(x for node in level for x in node.inputs) if x not in seen]
        seen |= set(level)
    return order[::-1]


def by_recursion(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for x in node.inputs:
                visit(x)
            order.append(node)

    visit(root)
    return order


def leaves_marks(root):
    order, stack = [], [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif not hasattr(node, "seen"):
            node.seen = True
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs]
    return order


def remembers_calls(root, order=[], seen=set()):  # noqa: B006
    stack = [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs]
    return order


def by_deep_recursion(root):
    import sys

    sys.setrecursionlimit(10**6)
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for x in node.inputs:
                visit(x)
            order.append(node)

    visit(root)
    return order


def counts_users_wrongly(root):
    nodes, stack = {root}, [root]
    while stack:
        for x in stack.pop().inputs:
            if x not in nodes:
                nodes.add(x)
                stack.append(x)
    users = dict.fromkeys(nodes, 0)
    for node in nodes:
        for x in node.inputs:
            users[x] += 1
    order, ready = [], [root]
    while ready:
        node = ready.pop()
        order.append(node)
        for x in set(node.inputs):
            users[x] -= 1
            if users[x] == 0:
                ready.append(x)
    return order[::-1]


def hands_on_at_once(root):
    for node in topological_order(root):  # noqa: F821  (given by the exercise)
        if node.inputs:
            node.grad = 0.0
    stack = [(root, 1.0)]
    while stack:
        node, amount = stack.pop()
        node.grad += amount
        stack += [(x, slope * node.grad) for x, slope in zip(node.inputs, node.slopes)]


def as_they_are_met(root):
    order, seen = [root], {root}
    for node in order:
        for x in node.inputs:
            if x not in seen:
                seen.add(x)
                order.append(x)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    root.grad += 1.0
    for node in order:
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def serves_again(root):
    for node in topological_order(root):  # noqa: F821  (given by the exercise)
        if node.inputs:
            node.grad = 0.0
    root.grad += 1.0
    queue = [root]
    for node in queue:
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad
            queue.append(x)


def path_by_path(root):
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    stack = [(root, 1.0)]
    while stack:
        node, amount = stack.pop()
        node.grad += amount
        stack += [(x, slope * amount) for x, slope in zip(node.inputs, node.slopes)]


def repeats_taken_out(root):
    order, stack = {}, [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.setdefault(node)
        else:
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs]
    return list(order)


def first_met_first(root):
    order, seen, stack = [], set(), [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            order.append(node)
            stack += node.inputs
    return order


def level_by_level_down(root):
    order, seen = [root], {root}
    for node in order:
        for x in node.inputs:
            if x not in seen:
                seen.add(x)
                order.append(x)
    return order


def remembers_order(root, order=[]):  # noqa: B006
    seen, stack = set(), [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs]
    return order


def two_inputs(root):
    order, seen, stack = [], set(), [(root, False)]
    while stack:
        node, inputs_done = stack.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(x, False) for x in node.inputs[:2]]
    return order


def joins_lists(root):
    order = []
    for x in root.inputs:
        order += [node for node in joins_lists(x) if node not in order]
    return [*order, root]


def forwards_without_zeros(root):
    root.grad = 1.0
    for node in topological_order(root):  # noqa: F821  (given by the exercise)
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def clears_leaves_only(root):
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    for node in order:
        if not node.inputs:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def hands_on_by_recursion(root):
    root.grad = 1.0

    def hand_on(node):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad
            hand_on(x)

    hand_on(root)


def calls_itself(root, amount=1.0):
    root.grad += amount
    for x, slope in zip(root.inputs, root.slopes):
        calls_itself(x, slope * amount)


def searches_by_recursion(root):
    order, seen = [], set()

    def visit(node):
        if node not in seen:
            seen.add(node)
            for x in node.inputs:
                visit(x)
            order.append(node)

    visit(root)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def starts_before_zeros(root):
    root.grad += 1.0
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def finds_the_first(root):
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    for node in order:
        if node.inputs:
            node.grad = 0.0
    root.grad += 1.0
    for node in reversed(order):
        for x in node.inputs:
            x.grad += node.slopes[node.inputs.index(x)] * node.grad


def gradients_in_a_dict(root):
    grads = {root: 1.0}
    for node in reversed(topological_order(root)):  # noqa: F821  (given by the exercise)
        for x, slope in zip(node.inputs, node.slopes):
            grads[x] = grads.get(x, 0.0) + slope * grads[node]
    return grads


def all_nodes_add(root):
    for node, grad in gradients_in_a_dict(root).items():
        node.grad += grad


def leaf_root_gets_nothing(root):
    order = topological_order(root)  # noqa: F821  (given by the exercise)
    for node in order:
        if node.inputs:
            node.grad = float(node is root)
    for node in reversed(order):
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad


def queue_of_all(root):
    root.grad = 1.0
    queue = [root]
    for node in queue:
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad
            queue.append(x)


def met_in_a_queue(root):
    root.grad = 1.0
    queue, seen = [root], {root}
    for node in queue:
        for x, slope in zip(node.inputs, node.slopes):
            x.grad += slope * node.grad
            if x not in seen:
                seen.add(x)
                queue.append(x)


def met_by_recursion(root):
    root.grad, seen = 1.0, set()

    def serve(node):
        if node not in seen:
            seen.add(node)
            for x, slope in zip(node.inputs, node.slopes):
                x.grad += slope * node.grad
                serve(x)

    serve(root)
