(** Networks given by layers: the networks near a local minimum on linear pieces with its loss are a
    manifold, whose dimension is known. *)
From Coq Require Import Reals Lra Lia List Bool FunctionalExtensionality.
From Exactland Require Import Definitions Sums LayerDefinitions LayerMinimum LayerSolve.
Import ListNotations.
Local Open Scope R_scope.

(** ** The predictions as rational functions of the parameters *)
Fixpoint function_total (n : nat) (f : nat -> function) : function :=
  match n with O => Number 0 | S k => Plus (function_total k f) (f k) end.
Definition layer_function (l n : nat) (a : nat -> function) (i : nat) : function :=
  Plus (function_total n (fun q => Times (Param (Weight l i q)) (a q))) (Param (Bias l i)).
Definition line_function (lines : list (list (R * R))) (i : nat) (f : function) : function :=
  Plus (Times (Number (fst (line lines i))) f) (Number (snd (line lines i))).
Fixpoint lines_function (lines : list (list (R * R))) (l n : nat) (sizes : list nat)
    (a : nat -> function) : nat -> function :=
  match sizes with
  | [] => a
  | [_] => layer_function l n a
  | m :: sizes' => lines_function (tl lines) (S l) m sizes'
                     (fun i => line_function lines i (layer_function l n a i))
  end.

(** The environment has the parameters of the layers from l on. *)
Fixpoint reads (e : environment) (l n : nat) (Q : layers) : Prop :=
  match Q with
  | [] => True
  | a :: Q' => (forall i, (i < rows a)%nat -> e (Bias l i) = bias a i
                 /\ forall q, (q < n)%nat -> e (Weight l i q) = weight a i q)
               /\ reads e (S l) (rows a) Q'
  end.
Lemma reads_value_of Q : forall front n, reads (value_of (front ++ Q)) (length front) n Q.
Proof.
  induction Q as [|a Q IH]; intros front n; simpl; [exact I|]. split.
  - intros i Hi. rewrite app_nth2, Nat.sub_diag by lia. simpl. auto.
  - specialize (IH (front ++ [a]) (rows a)). rewrite <- app_assoc, app_length, Nat.add_1_r in IH.
    exact IH.
Qed.
Lemma function_total_value e n f : eval e (function_total n f) = sum n (fun q => eval e (f q)).
Proof. induction n as [|n IH]; simpl; [reflexivity | now rewrite IH]. Qed.
Lemma layer_function_value e l n c Q a (b : vector) i : reads e l n (c :: Q) -> (i < rows c)%nat ->
  (forall q, (q < n)%nat -> eval e (a q) = b q) ->
  eval e (layer_function l n a i) = affine n c b i.
Proof.
  intros [H _] Hi Ha. destruct (H i Hi) as [Hb Hw].
  simpl. rewrite function_total_value, Hb. unfold affine. f_equal. apply sum_ext. intros q Hq. simpl.
  now rewrite Hw, Ha.
Qed.
Lemma lines_function_value e Q : forall lines l n a (b : vector) j, reads e l n Q ->
  (forall q, (q < n)%nat -> eval e (a q) = b q) -> (j < last_rows n Q)%nat ->
  eval e (lines_function lines l n (map rows Q) a j) = run_on_lines lines n Q b j.
Proof.
  induction Q as [|c Q IH]; intros lines l n a b j H Ha Hj; [now apply Ha|].
  pose proof (fun i => layer_function_value e l n c Q a b i H) as Hl.
  destruct Q as [|c2 Q]; [now apply Hl|].
  apply (IH (tl lines) (S l) (rows c)); [exact (proj2 H) | | exact Hj].
  intros i Hi. unfold line_function. cbn [evaluated_at]. now rewrite Hl.
Qed.

(** They use the parameters of the network only, and have no poles. *)
Lemma lines_function_uses (allowed : parameter -> Prop) Q : forall lines l n a,
  (forall c, In c (parameters_from l n Q) -> allowed c) ->
  (forall q, (q < n)%nat -> uses_only allowed (a q)) ->
  forall j, (j < last_rows n Q)%nat -> uses_only allowed (lines_function lines l n (map rows Q) a j).
Proof.
  induction Q as [|c Q IH]; intros lines l n a Hall Ha j Hj; [now apply Ha|].
  assert (Hl : forall i, (i < rows c)%nat -> uses_only allowed (layer_function l n a i)).
  { intros i Hi.
    assert (Hin : forall c', In c' (Bias l i :: map (Weight l i) (seq 0 n)) -> allowed c').
    { intros c' Hc. apply Hall. simpl. apply in_or_app. left. apply in_flat_map. exists i.
      split; [apply in_seq; lia | exact Hc]. }
    simpl. split; [|apply Hin; now left].
    assert (Ht : forall m, (m <= n)%nat ->
      uses_only allowed (function_total m (fun q => Times (Param (Weight l i q)) (a q)))).
    { induction m as [|m IHm]; intros Hm; simpl; [exact I|]. split; [apply IHm; lia|].
      split; [|apply Ha; lia]. apply Hin. right. apply in_map, in_seq. lia. }
    now apply Ht. }
  assert (Hrest : forall c', In c' (parameters_from (S l) (rows c) Q) -> allowed c').
  { intros c' Hc. apply Hall. simpl. apply in_or_app. now right. }
  destruct Q as [|c2 Q]; [now apply Hl|].
  apply (IH (tl lines) (S l) (rows c)); [exact Hrest | | exact Hj].
  intros i Hi. specialize (Hl i Hi). simpl in Hl |- *. tauto.
Qed.
Lemma lines_function_no_pole e sizes : forall lines l n a,
  (forall q, no_pole e (a q)) -> forall j, no_pole e (lines_function lines l n sizes a j).
Proof.
  induction sizes as [|m sizes IH]; intros lines l n a Ha j; [apply Ha|].
  assert (Hl : forall i, no_pole e (layer_function l n a i)).
  { intros i. simpl. split; [|exact I]. induction n as [|n IHn]; simpl; auto. }
  destruct sizes as [|m2 sizes]; [apply Hl|]. apply IH. intros i. specialize (Hl i). simpl in Hl |- *. tauto.
Qed.

(** ** Setting parameters to 0 or 1 *)
Definition same_parameter (c c' : parameter) : bool :=
  match c, c' with
  | Weight l i q, Weight l' i' q' => Nat.eqb l l' && Nat.eqb i i' && Nat.eqb q q'
  | Bias l i, Bias l' i' => Nat.eqb l l' && Nat.eqb i i'
  | _, _ => false
  end.
Lemma same_parameter_spec c c' : same_parameter c c' = true <-> c = c'.
Proof.
  destruct c, c'; simpl; rewrite ?andb_true_iff, ?Nat.eqb_eq; split; intros H;
    try discriminate; try (destruct H; subst; congruence); try (injection H; auto).
  destruct H as [[-> ->] ->]. reflexivity.
Qed.
Definition in_list (U : list parameter) (c : parameter) : bool := existsb (same_parameter c) U.
Lemma in_list_spec U c : in_list U c = true <-> In c U.
Proof.
  unfold in_list. rewrite existsb_exists. split.
  - intros (c' & Hin & E). apply same_parameter_spec in E. now subst.
  - intros H. exists c. split; [exact H | now apply same_parameter_spec].
Qed.
(** Of the parameters U, the one [c0] gets the value 1, all others 0. *)
Definition setting_of (U : list parameter) (c0 : option parameter) (c : parameter) : option bool :=
  if match c0 with Some c1 => same_parameter c c1 | None => false end then Some true
  else if in_list U c then Some false else None.
Definition bit (b : bool) : R := if b then 1 else 0.
Definition override (s : parameter -> option bool) (e : environment) : environment :=
  fun c => match s c with Some b => bit b | None => e c end.
Fixpoint substitute (s : parameter -> option bool) (f : function) : function :=
  match f with
  | Number r => Number r
  | Param c => match s c with Some b => Number (bit b) | None => Param c end
  | Plus f g => Plus (substitute s f) (substitute s g)
  | Times f g => Times (substitute s f) (substitute s g)
  | Inverse f => Inverse (substitute s f)
  end.
Lemma substitute_value s e f : eval e (substitute s f) = eval (override s e) f.
Proof.
  induction f as [r|c|f IHf g IHg|f IHf g IHg|f IHf]; simpl; try congruence.
  unfold override. now destruct (s c).
Qed.
Lemma substitute_uses s allowed f : uses_only allowed f ->
  uses_only (fun c => allowed c /\ s c = None) (substitute s f).
Proof.
  induction f as [r|c|f IHf g IHg|f IHf g IHg|f IHf]; simpl; try tauto.
  intros H. destruct (s c) eqn:E; simpl; auto.
Qed.
Lemma substitute_no_pole s e f : no_pole (override s e) f -> no_pole e (substitute s f).
Proof.
  induction f as [r|c|f IHf g IHg|f IHf g IHg|f IHf]; simpl; try tauto.
  - intros _. now destruct (s c).
  - intros [H1 H2]. split; [auto|]. now rewrite substitute_value.
Qed.
Lemma uses_weaker (a b : parameter -> Prop) f : (forall c, a c -> b c) -> uses_only a f -> uses_only b f.
Proof.
  intros H. induction f as [r|c|f IHf g IHg|f IHf g IHg|f IHf]; simpl; try tauto. apply H.
Qed.

(** ** Functions that are affine in the parameters U *)
Section Affine.
Variable U : list parameter.
Definition agree (e e' : environment) : Prop := forall c, ~ In c U -> e c = e' c.
Definition constant_in (G : environment -> R) : Prop := forall e e', agree e e' -> G e = G e'.
Definition mix (t : R) (e e' : environment) : environment := fun c => (1 - t) * e c + t * e' c.
Definition affine_in (G : environment -> R) : Prop :=
  forall e e' t, agree e e' -> G (mix t e e') = (1 - t) * G e + t * G e'.
Lemma agree_mix t e e' : agree e e' -> agree e (mix t e e').
Proof. intros H c Hc. unfold mix. rewrite <- (H c Hc). ring. Qed.
Lemma constant_affine G : constant_in G -> affine_in G.
Proof.
  intros H e e' t He. rewrite <- (H e (mix t e e')) by now apply agree_mix.
  rewrite <- (H e e' He). ring.
Qed.
Lemma affine_plus F G : affine_in F -> affine_in G -> affine_in (fun e => F e + G e).
Proof. intros HF HG e e' t He. rewrite HF, HG by auto. ring. Qed.
Lemma affine_times F G : constant_in F -> affine_in G -> affine_in (fun e => F e * G e).
Proof.
  intros HF HG e e' t He. rewrite HG by auto. rewrite <- (HF e (mix t e e')) by now apply agree_mix.
  rewrite <- (HF e e' He). ring.
Qed.
Lemma affine_total n (f : nat -> function) : (forall q, affine_in (fun e => eval e (f q))) ->
  affine_in (fun e => eval e (function_total n f)).
Proof.
  intros H. induction n as [|n IH]; simpl; [apply constant_affine; intros e e' _; reflexivity|].
  now apply affine_plus.
Qed.
Lemma constant_total n (f : nat -> function) : (forall q, constant_in (fun e => eval e (f q))) ->
  constant_in (fun e => eval e (function_total n f)).
Proof.
  intros H e e' He. induction n as [|n IH]; simpl; [reflexivity|]. now rewrite IH, (H n e e' He).
Qed.
Lemma affine_parameter c : affine_in (fun e => e c).
Proof. intros e e' t _. reflexivity. Qed.
Lemma constant_parameter c : ~ In c U -> constant_in (fun e => e c).
Proof. intros H e e' He. now apply He. Qed.

(** The formula of an affine function. *)
Lemma affine_formula G e : affine_in G -> NoDup U ->
  G e = G (override (setting_of U None) e) + fold_right Rplus 0 (map (fun c => e c *
    (G (override (setting_of U (Some c)) e) - G (override (setting_of U None) e))) U).
Proof.
  intros HG HU. set (base := override (setting_of U None) e).
  set (with_ := fun L c => if in_list L c then e c else base c).
  assert (H : forall L, incl L U -> NoDup L -> G (with_ L) = G base + fold_right Rplus 0
    (map (fun c => e c * (G (override (setting_of U (Some c)) e) - G base)) L)).
  { induction L as [|c L IH]; intros Hin Hnd.
    - simpl. rewrite Rplus_0_r. f_equal. 
    - assert (HcU : In c U) by (apply Hin; now left).
      inversion Hnd as [|? ? Hc HL]; subst. simpl.
      specialize (IH ltac:(intros c' Hc'; apply Hin; now right) HL).
      set (unit := override (setting_of U (Some c)) e).
      set (single := mix (e c) base unit).
      assert (Aout : forall c', ~ In c' U -> base c' = e c').
      { intros c' Hc'. unfold base, override, setting_of.
        destruct (in_list U c') eqn:E; [apply in_list_spec in E; contradiction | reflexivity]. }
      assert (Bout : forall c', ~ In c' U -> unit c' = e c').
      { intros c' Hc'. unfold unit, override, setting_of.
        destruct (same_parameter c' c) eqn:E1; [apply same_parameter_spec in E1; subst; contradiction|].
        destruct (in_list U c') eqn:E; [apply in_list_spec in E; contradiction | reflexivity]. }
      assert (Hbu : agree base unit) by (intros c' Hc'; now rewrite Aout, Bout).
      assert (Hws : agree (with_ L) single).
      { intros c' Hc'. unfold single, mix, with_. rewrite Bout, Aout by exact Hc'.
        destruct (in_list L c') eqn:E; [|ring].
        apply in_list_spec in E. exfalso. apply Hc', Hin. now right. }
      assert (Hwb : agree base (mix (/ 2) (with_ L) single)).
      { intros c' Hc'. unfold mix at 1. rewrite <- (Hws c' Hc'). unfold with_. rewrite Aout by exact Hc'.
        destruct (in_list L c'); field. }
      assert (E : with_ (c :: L) = mix 2 base (mix (/ 2) (with_ L) single)).
      { apply functional_extensionality. intros c'. unfold single, mix, with_, unit, base, override,
          setting_of. simpl in_list. unfold in_list at 1. simpl existsb. fold (in_list L c').
        destruct (same_parameter c' c) eqn:E1.
        - apply same_parameter_spec in E1. subst c'. simpl.
          assert (E2 : in_list L c = false).
          { destruct (in_list L c) eqn:E2; [apply in_list_spec in E2; contradiction | reflexivity]. }
          apply in_list_spec in HcU. rewrite E2, HcU. simpl. field.
        - simpl. destruct (in_list L c') eqn:E2; destruct (in_list U c') eqn:E3; simpl; field. }
      rewrite E, HG by exact Hwb. rewrite HG by exact Hws. unfold single. rewrite HG by exact Hbu.
      rewrite IH. field. }
  rewrite <- (H U (incl_refl U) HU). f_equal. apply functional_extensionality. intros c.
  unfold with_. destruct (in_list U c) eqn:E; [reflexivity|].
  unfold base, override, setting_of. now rewrite E.
Qed.

(** Weights of one layer, and biases of the last layer. *)
Variables (chosen last : nat).
Hypothesis U_places : forall c, In c U ->
  match c with Weight l _ _ => l = chosen | Bias l _ => l = last end.
Hypothesis chosen_last : (chosen <= last)%nat.

Lemma layers_affine sizes : forall lines l n a, (l + length sizes = S last)%nat ->
  ((l <= chosen)%nat /\ (forall q, constant_in (fun e => eval e (a q)))
   \/ (chosen < l)%nat /\ (forall q, affine_in (fun e => eval e (a q)))) ->
  forall j, affine_in (fun e => eval e (lines_function lines l n sizes a j)).
Proof.
  assert (Hw : forall l i q, l <> chosen -> constant_in (fun e => e (Weight l i q))).
  { intros l i q Hl. apply constant_parameter. intros Hin. apply Hl. exact (U_places _ Hin). }
  assert (Hb : forall l i, l <> last -> constant_in (fun e => e (Bias l i))).
  { intros l i Hl. apply constant_parameter. intros Hin. apply Hl. exact (U_places _ Hin). }
  induction sizes as [|m sizes IH]; intros lines l n a Hl Ha j.
  { destruct Ha as [[_ Ha]|[_ Ha]]; [apply constant_affine|]; apply Ha. }
  assert (Hsecond : (chosen <= l)%nat -> forall i, affine_in (fun e => eval e (layer_function l n a i))).
  { intros Hcl i. simpl. apply affine_plus; [|apply affine_parameter]. apply affine_total. intros q.
    simpl. destruct Ha as [[Hle Ha]|[Hlt Ha]].
    - intros e e' t He.
      pose proof (affine_times (fun e => eval e (a q)) (fun e => e (Weight l i q)) (Ha q)
        (affine_parameter _) e e' t He) as E. cbv beta in E. lra.
    - apply affine_times; [apply Hw; lia | apply Ha]. }
  assert (Hfirst : (l < chosen)%nat -> forall i, constant_in (fun e => eval e (layer_function l n a i))).
  { intros Hlc i e e' He. simpl. rewrite (Hb l i ltac:(lia) e e' He). f_equal.
    apply constant_total; [|exact He]. intros q e1 e2 He12. simpl.
    rewrite (Hw l i q ltac:(lia) e1 e2 He12).
    destruct Ha as [[_ Ha]|[Hlt _]]; [|lia]. now rewrite (Ha q e1 e2 He12). }
  destruct sizes as [|m2 sizes].
  { apply Hsecond. simpl in Hl. lia. }
  apply IH; [simpl in *; lia|].
  destruct (Nat.lt_ge_cases l chosen) as [Hlc|Hlc].
  - left. split; [lia|]. intros i e e' He. unfold line_function. cbn [evaluated_at].
    now rewrite (Hfirst Hlc i e e' He).
  - right. split; [lia|]. intros i. unfold line_function. cbn [evaluated_at].
    apply affine_plus; [|apply constant_affine; intros e e' _; reflexivity].
    apply affine_times; [intros e e' _; reflexivity | now apply Hsecond].
Qed.
End Affine.

(** ** Near P *)
Lemma close_values eps P : forall Q front frontQ n, length frontQ = length front ->
  map rows Q = map rows P -> all_close eps n P Q ->
  forall c, In c (parameters_from (length front) n P) ->
  Rabs (value_of (frontQ ++ Q) c - value_of (front ++ P) c) < eps.
Proof.
  induction P as [|a P IH]; intros [|b Q] front frontQ n Hl E H c Hc; try discriminate; [destruct Hc|].
  simpl in Hc. destruct H as [H HQ]. apply in_app_or in Hc as [Hc|Hc].
  - apply in_flat_map in Hc as (i & Hi & Hc). apply in_seq in Hi. destruct (H i ltac:(lia)) as [Hw Hb].
    destruct Hc as [<-|Hc].
    + unfold value_of. rewrite !app_nth2, Hl, Nat.sub_diag by lia. exact Hb.
    + apply in_map_iff in Hc as (q & <- & Hq). apply in_seq in Hq.
      unfold value_of. rewrite !app_nth2, Hl, Nat.sub_diag by lia. apply Hw. lia.
  - injection E as E1 E2.
    specialize (IH Q (front ++ [a]) (frontQ ++ [b]) (rows a)
      ltac:(rewrite !app_length; simpl; lia) E2 HQ c).
    rewrite <- !app_assoc, app_length, Nat.add_1_r in IH. now apply IH.
Qed.

Lemma all_close_sum e1 e2 P : forall Q R0 n, map rows Q = map rows P -> map rows R0 = map rows P ->
  all_close e1 n P Q -> all_close e2 n Q R0 -> all_close (e1 + e2) n P R0.
Proof.
  induction P as [|a P IH]; intros [|b Q] [|c R0] n EQ ER H1 H2; try discriminate; [exact I|].
  injection EQ as EQ1 EQ2. injection ER as ER1 ER2. destruct H1 as [H1 HP], H2 as [H2 HQ].
  rewrite EQ1 in H2, HQ. split; [|now apply (IH Q)].
  intros i Hi. destruct (H1 i Hi) as [Hw1 Hb1], (H2 i Hi) as [Hw2 Hb2]. split.
  - intros q Hq. replace (weight c i q - weight a i q)
      with ((weight c i q - weight b i q) + (weight b i q - weight a i q)) by ring.
    eapply Rle_lt_trans; [apply Rabs_triang|]. specialize (Hw1 q Hq). specialize (Hw2 q Hq). lra.
  - replace (bias c i - bias a i) with ((bias c i - bias b i) + (bias b i - bias a i)) by ring.
    eapply Rle_lt_trans; [apply Rabs_triang|]. lra.
Qed.

Section Valley.
Variable p : layer_problem.
Notation N := (data_points p). Notation J := (labels p). Notation d := (features p).
Notation x := (feature p).

(** Near a local minimum, the networks with its loss are local minima. *)
Lemma same_loss_minimum P : layers_local_minimum p P -> exists eps, 0 < eps /\
  forall Q, layers_near p eps P Q -> layers_loss p Q = layers_loss p P -> layers_local_minimum p Q.
Proof.
  intros (eps & He & H). exists (eps / 2). split; [lra|]. intros Q [HQ Hc] E.
  exists (eps / 2). split; [lra|]. intros R0 [HR Hr]. rewrite E. apply H. unfold same_sizes in *.
  split; [unfold same_sizes; congruence|]. replace eps with (eps / 2 + eps / 2) by field.
  apply (all_close_sum _ _ P Q); auto. congruence.
Qed.

Hypothesis factor_pos : 0 < factor p.
Hypothesis squared : huber p = None.
Variables (P : layers) (lines : list (list (R * R))).
Hypothesis outputs : last_rows d P = J.
Hypothesis on_lines : on_linear_pieces p lines d P x.
Hypothesis normal : affine_normal_equations p P.

(** For squared errors: the loss of P where the predictions are those of P. *)
Lemma same_loss_near : exists eps, 0 < eps /\ forall Q, layers_near p eps P Q ->
  (layers_loss p Q = layers_loss p P <->
   forall k j, (k < N)%nat -> (j < J)%nat ->
     run_on_lines lines d Q (x k) j = run_on_lines lines d P (x k) j).
Proof.
  destruct (output_near p P lines on_lines) as (eps & He & H). exists eps. split; [exact He|].
  intros Q HQ.
  assert (HP : layers_near p eps P P) by (split; [reflexivity | now apply all_close_refl]).
  set (f := fun Q k j => run_on_lines lines d Q (x k) j).
  assert (Haff : forall Q' j, layers_near p eps P Q' -> (j < J)%nat -> affine_on p (fun k => f Q' k j)).
  { intros Q' j [HQ' _] Hj. apply predictions_affine. rewrite (last_rows_sizes P Q') by exact HQ'.
    now rewrite outputs. }
  assert (Hloss : forall Q', layers_near p eps P Q' -> layers_loss p Q' = factor p *
    sum N (fun k => sum J (fun j => (f Q' k j - label p k j) ^ 2))).
  { intros Q' HQ'. unfold layers_loss. rewrite squared. f_equal. apply sum_ext. intros k Hk.
    apply sum_ext. intros j Hj. simpl penalty. rewrite (H Q' HQ') by (auto; now rewrite outputs).
    reflexivity. }
  assert (E : layers_loss p Q - layers_loss p P
    = factor p * sum N (fun k => sum J (fun j => (f Q k j - f P k j) ^ 2))).
  { rewrite !Hloss by auto. rewrite <- Rmult_minus_distr_l. f_equal.
    assert (Ho : sum N (fun k => sum J (fun j => 2 * (layer_slope p P k j * (f Q k j + -1 * f P k j)))) = 0).
    { rewrite sum_swap. apply sum_zero. intros j Hj. rewrite sum_scal.
      rewrite (orthogonal p P (fun k => f Q k j + -1 * f P k j) j normal Hj); [ring|].
      apply affine_on_plus; [now apply Haff | apply affine_on_scal; now apply Haff]. }
    rewrite <- sum_minus, <- (Rplus_0_r (sum N (fun k => sum J (fun j => (f Q k j - f P k j) ^ 2)))).
    rewrite <- Ho, <- sum_plus. apply sum_ext. intros k Hk. rewrite <- sum_minus, <- sum_plus.
    apply sum_ext. intros j Hj. unfold layer_slope, half_slope. rewrite squared.
    rewrite (H P HP) by (auto; now rewrite outputs). fold (f P k j). ring. }
  split.
  - intros El k j Hk Hj. rewrite El, Rminus_eq_0 in E. symmetry in E.
    apply Rmult_integral in E as [E|E]; [lra|].
    assert (Hp : forall k', (k' < N)%nat -> 0 <= sum J (fun j => (f Q k' j - f P k' j) ^ 2)).
    { intros k' _. apply sum_ge0. intros j' _. apply pow2_ge_0. }
    pose proof (sum_zero_ge0 N _ Hp E k Hk) as Ek. cbv beta in Ek.
    assert (Ej : (f Q k j - f P k j) ^ 2 = 0).
    { apply (sum_zero_ge0 J (fun j => (f Q k j - f P k j) ^ 2)); auto. intros; apply pow2_ge_0. }
    unfold f in Ej. nra.
  - intros Heq. apply Rminus_diag_uniq. rewrite E, (sum_zero N); [ring|]. intros k Hk.
    apply sum_zero. intros j Hj. unfold f. rewrite Heq by auto. ring.
Qed.

(** Points [basis], r of them, of which all (x_k, 1) are combinations. *)
Variable basis : list nat.
Notation r := (length basis).
Hypothesis basis_in : forall k, In k basis -> (k < N)%nat.
Hypothesis spans : forall k, (k < N)%nat -> exists lam : nat -> R, sum r lam = 1 /\
  forall q, (q < d)%nat -> x k q = sum r (fun t => lam t * x (nth t basis 0%nat) q).
Lemma affine_on_basis f g : affine_on p f -> affine_on p g ->
  (forall k, In k basis -> f k = g k) -> forall k, (k < N)%nat -> f k = g k.
Proof.
  intros Hf Hg Hb k Hk. destruct (spans k Hk) as (lam & H1 & Hx).
  assert (E : forall h, affine_on p h -> h k = sum r (fun t => lam t * h (nth t basis 0%nat))).
  { intros h (B & c & H). rewrite H by exact Hk.
    rewrite (sum_ext r _ (fun t => sum d (fun q => B q * (lam t * x (nth t basis 0%nat) q)) + lam t * c)).
    - rewrite sum_plus, sum_scal_r, H1, sum_swap. f_equal; [|ring]. apply sum_ext. intros q Hq.
      now rewrite sum_scal, <- Hx.
    - intros t Ht. rewrite H by (apply basis_in, nth_In; exact Ht).
      rewrite Rmult_plus_distr_l, <- sum_scal. f_equal. apply sum_ext. intros; ring. }
  rewrite (E f Hf), (E g Hg). apply sum_ext. intros t Ht. rewrite Hb; [reflexivity|].
  now apply nth_In.
Qed.

(** The parameters U, one for each output and point of the basis. *)
Variables (U : list parameter) (chosen dimension : nat).
Notation all := (parameters_from 0 d P).
Hypothesis U_distinct : NoDup U.
Hypothesis U_in : forall c, In c U -> In c all.
Hypothesis U_places : forall c, In c U ->
  match c with Weight l _ _ => l = chosen | Bias l _ => l = pred (length P) end.
Hypothesis chosen_in : (chosen < length P)%nat.
Hypothesis U_count : length U = (J * r)%nat.
Hypothesis counted : (dimension + length U)%nat = length all.
Notation prediction k j := (lines_function lines 0 d (map rows P) (fun q => Number (x k q)) j).
Notation prediction_at c0 k j :=
  (eval (override (setting_of U c0) (value_of P)) (prediction k j)).
Hypothesis independent : forall u, length u = length U ->
  (forall k j, In k basis -> (j < J)%nat -> sum (length U) (fun t => nth t u 0 *
     (prediction_at (Some (nth t U (Bias 0 0))) k j - prediction_at None k j)) = 0) ->
  forall a, In a u -> a = 0.

Definition coefficient (f : function) (c : parameter) : function :=
  Plus (substitute (setting_of U (Some c)) f)
       (Times (Number (-1)) (substitute (setting_of U None) f)).
Definition equation_of (jk : nat * nat) : equation :=
  let f := prediction (snd jk) (fst jk) in
  (map (coefficient f) U,
   Plus (Number (run_on_lines lines d P (x (snd jk)) (fst jk)))
        (Times (Number (-1)) (substitute (setting_of U None) f))).

Lemma against_map e f (L : list parameter) u : length u = length L -> forall L0, 
  against e (map (coefficient f) L) u = sum (length L) (fun t => nth t u 0 *
    eval e (coefficient f (nth t L L0))).
Proof.
  revert u. induction L as [|c L IH]; intros [|a u] H L0; try discriminate; [reflexivity|].
  cbn [map against length]. rewrite sum_shift. cbn [nth]. rewrite (IH u ltac:(simpl in H; lia) L0). ring.
Qed.
Lemma against_env e f L : against e (map (coefficient f) L) (map e L)
  = fold_right Rplus 0 (map (fun c => e c * eval e (coefficient f c)) L).
Proof. induction L as [|c L IH]; simpl; [reflexivity|]. rewrite IH. simpl. ring. Qed.
Lemma solved_equal e (L : list parameter) gs : length gs = length L ->
  (forall c f, In (c, f) (combine L gs) -> e c = eval e f) <-> map e L = map (eval e) gs.
Proof.
  revert gs. induction L as [|c L IH]; intros [|g gs] H; try discriminate.
  - split; [reflexivity | intros _ c f []].
  - specialize (IH gs ltac:(simpl in H; lia)). simpl. split.
    + intros Hall. f_equal; [apply Hall; now left|]. apply IH. intros c' f' Hin. apply Hall. now right.
    + intros E c' f' [Hin|Hin]; injection E as E1 E2.
      * injection Hin as <- <-. exact E1.
      * now apply (proj2 IH E2).
Qed.
Lemma map_fst_combine {X Y} (L : list X) (gs : list Y) : length gs = length L -> map fst (combine L gs) = L.
Proof.
  revert gs. induction L as [|c L IH]; intros [|g gs] H; try discriminate; [reflexivity|].
  simpl. now rewrite IH by (simpl in H; lia).
Qed.

Theorem valley : manifold_near p P (fun Q => layers_loss p Q = layers_loss p P) dimension.
Proof.
  set (allowed := fun c => In c all /\ ~ In c U).
  assert (Huse : forall k j, (j < J)%nat -> uses_only (fun c => In c all) (prediction k j)).
  { intros k j Hj. apply lines_function_uses; [auto | intros; exact I | now rewrite outputs]. }
  assert (Hsub : forall c0 k j, (j < J)%nat ->
    uses_only allowed (substitute (setting_of U c0) (prediction k j))).
  { intros c0 k j Hj. refine (uses_weaker _ _ _ _ (substitute_uses _ _ _ (Huse k j Hj))).
    intros c [Hc E]. split; [exact Hc|]. intros Hin. unfold setting_of in E.
    apply in_list_spec in Hin. rewrite Hin in E.
    destruct c0 as [c1|]; [destruct (same_parameter c c1)|]; discriminate. }
  assert (Hpole : forall e c0 k j, no_pole e (substitute (setting_of U c0) (prediction k j))).
  { intros. apply substitute_no_pole, lines_function_no_pole. intros; exact I. }
  assert (Heval : forall e c0 k j, eval e (substitute (setting_of U c0) (prediction k j))
    = eval (override (setting_of U c0) e) (prediction k j)) by (intros; apply substitute_value).
  set (eqs := map equation_of (list_prod (seq 0 J) basis)).
  destruct (solve_near allowed (value_of P) (length U) eqs) as (gs & Hgl & Hgu & eps1 & He1 & Hsol).
  { unfold eqs. rewrite map_length, prod_length, seq_length. now rewrite U_count. }
  { intros eq Heq. apply in_map_iff in Heq as ([j k] & <- & Hin). apply in_prod_iff in Hin as [Hj Hk].
    apply in_seq in Hj. unfold equation_of. cbn [fst snd]. split; [apply map_length|]. split; [|split].
    - intros f Hf. apply in_map_iff in Hf as (c & <- & _).
      pose proof (Hsub (Some c) k j ltac:(lia)). pose proof (Hsub None k j ltac:(lia)).
      pose proof (Hpole (value_of P) (Some c) k j). pose proof (Hpole (value_of P) None k j).
      unfold coefficient. cbn [uses_only no_pole]. tauto.
    - pose proof (Hsub None k j ltac:(lia)). cbn [snd uses_only]. tauto.
    - pose proof (Hpole (value_of P) None k j). cbn [snd no_pole]. tauto. }
  { intros u Hu Hz. apply independent; [exact Hu|]. intros k j Hk Hj.
    transitivity (against (value_of P) (fst (equation_of (j, k))) u).
    - cbn [fst equation_of snd]. rewrite (against_map _ _ _ _ Hu (Bias 0 0)). apply sum_ext.
      intros t Ht. unfold coefficient. cbn [evaluated_at]. rewrite !Heval.
      unfold Rminus. f_equal. ring.
    - apply Hz, in_map, in_prod_iff. split; [apply in_seq; lia | exact Hk]. }
  destruct same_loss_near as (eps2 & He2 & Hloss).
  exists (combine U gs). rewrite map_fst_combine by exact Hgl. split; [exact U_distinct|]. split.
  { rewrite combine_length, Hgl, Nat.min_id. exact counted. }
  split.
  { intros c f Hin. split; [apply U_in; now apply in_combine_l in Hin|].
    apply Hgu. now apply in_combine_r in Hin. }
  exists (Rmin eps1 eps2). pose proof (Rmin_l eps1 eps2). pose proof (Rmin_r eps1 eps2).
  split; [now apply Rmin_glb_lt|]. intros Q [HQ Hclose]. set (e := value_of Q).
  assert (Hnear : close_on allowed eps1 (value_of P) e).
  { intros c [Hc _]. apply (close_values eps1 P Q [] [] d); auto.
    now apply (all_close_smaller eps1 (Rmin eps1 eps2)). }
  destruct (Hsol e Hnear) as [Hgn Hiff].
  assert (HnearQ : layers_near p eps2 P Q).
  { split; [exact HQ|]. now apply (all_close_smaller eps2 (Rmin eps1 eps2)). }
  split; [intros c f Hin; apply Hgn; now apply in_combine_r in Hin|].
  rewrite (Hloss Q HnearQ), (solved_equal e U gs Hgl), <- (Hiff (map e U)) by (now rewrite map_length).
  assert (Hval : forall k j, (j < J)%nat -> eval e (prediction k j) = run_on_lines lines d Q (x k) j).
  { intros k j Hj. rewrite <- HQ. apply lines_function_value.
    - apply (reads_value_of Q []).
    - reflexivity.
    - rewrite (last_rows_sizes P Q) by exact HQ. now rewrite outputs. }
  assert (Hholds : forall k j, (j < J)%nat -> (holds e (map e U) (equation_of (j, k)) <->
    run_on_lines lines d Q (x k) j = run_on_lines lines d P (x k) j)).
  { intros k j Hj. rewrite <- (Hval k j Hj). unfold holds, equation_of. cbn [fst snd].
    rewrite against_env. cbn [evaluated_at]. rewrite Heval.
    rewrite (affine_formula U (fun e => eval e (prediction k j)) e).
    - rewrite (map_ext (fun c => e c * eval e (coefficient (prediction k j) c)) (fun c => e c *
        (eval (override (setting_of U (Some c)) e) (prediction k j)
         - eval (override (setting_of U None) e) (prediction k j)))).
      + split; intros E; lra.
      + intros c. unfold coefficient. cbn [evaluated_at]. rewrite !Heval. ring.
    - apply (layers_affine U chosen (pred (length P)) U_places ltac:(lia)).
      + rewrite map_length. lia.
      + left. split; [lia|]. intros q e1 e2 _. reflexivity.
    - exact U_distinct. }
  split.
  - intros Heach eq Heq. apply in_map_iff in Heq as ([j k] & <- & Hin). apply in_prod_iff in Hin as [Hj Hk].
    apply in_seq in Hj. apply Hholds; [lia|]. apply Heach; [now apply basis_in | lia].
  - intros Heach k j Hk Hj.
    apply (affine_on_basis (fun k => run_on_lines lines d Q (x k) j) (fun k => run_on_lines lines d P (x k) j)); auto.
    + apply predictions_affine. rewrite (last_rows_sizes P Q) by exact HQ. now rewrite outputs.
    + apply predictions_affine. now rewrite outputs.
    + intros k' Hk'. apply (Hholds k' j Hj). apply Heach. apply in_map, in_prod_iff.
      split; [apply in_seq; lia | exact Hk'].
Qed.
End Valley.
